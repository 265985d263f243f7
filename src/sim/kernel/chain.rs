//! The chain of programs that a container's command executes, each in the place of the one before, and how it ends.

use super::exec::Program;
use super::filesystem;
use super::process::Process;
use crate::parse::Node;
use crate::sim::Reason;
use crate::sim::world::{File, Files, Listen, Next, within};
use crate::text::Span;

/// No chain is followed further than this: what goes on for so long goes on for ever.
const LONGEST: usize = 16;

/// How the chain of programs ends.
#[derive(Clone, Debug, PartialEq)]
pub enum End<'w> {
    /// In a program that goes on running, with what it listens on.
    Runs(&'w [Listen]),
    /// In a shell: what it does is not modelled.
    Shell(String),
    /// It breaks: the container does not start.
    Breaks(Broken),
}

/// Why a link of the chain is not executed.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// Why.
    pub why: Reason,
    /// What the kubelet reports.
    pub evidence: String,
}

impl Broken {
    fn at(text: String, span: Span, evidence: String) -> Self {
        Self { why: Reason::at(text, span), evidence }
    }
}

/// Follows the chain; changes the credentials of the process on the way.
pub(super) fn follow<'w>(process: &mut Process<'w>) -> End<'w> {
    let argv = process.argv();
    let span = process.container.node.get("command").map_or_else(|| process.span(), Node::own_span);
    Chain { title: process.title(), files: &process.image.files, argv, span, process }
        .end()
        .unwrap_or_else(End::Breaks)
}

/// The path of a program: absolute as it is, else searched where `$PATH` usually looks.
pub(super) fn find_program(files: &Files, word: &str) -> Option<String> {
    if word.starts_with('/') {
        let path = files.resolve(word);
        return files.named(&path).map(|_| path);
    }
    let places = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
    places.iter().map(|p| files.resolve(&format!("{p}/{word}"))).find(|p| files.named(p).is_some())
}

/// A command being followed.
struct Chain<'p, 'w> {
    process: &'p mut Process<'w>,
    title: String,
    files: &'w Files,
    argv: Vec<String>,
    /// Where the command stands.
    span: Span,
}

impl<'w> Chain<'_, 'w> {
    fn end(&mut self) -> Result<End<'w>, Broken> {
        let first = self.argv.first().cloned().ok_or_else(|| {
            let text = format!("neither {} nor its image says what to run", self.title);
            Broken::at(text, self.span, "Error: no command specified".to_owned())
        })?;
        let (mut word, mut at) = (first, 0);
        for _ in 0..LONGEST {
            let path = self.find(&word)?;
            let file = self.load(&path)?;
            self.process.chain.push(path.clone());
            match &file.next {
                None => return Ok(End::Runs(&file.listens)),
                Some(Next::Anything) => return Ok(End::Shell(path)),
                Some(Next::Program(next)) => word.clone_from(next),
                Some(Next::Argument) => (word, at) = self.argument(&path, at)?,
            }
        }
        Ok(End::Shell(word))
    }

    /// The program that a word of the command means.
    fn find(&self, word: &str) -> Result<String, Broken> {
        let path = find_program(self.files, word).ok_or_else(|| {
            let text = format!("the image of {} has no program `{word}`", self.title);
            let evidence =
                format!("exec: \"{word}\": executable file not found in $PATH (RunContainerError)");
            Broken::at(text, self.span, evidence)
        })?;
        // A volume hides what the image has below its mount point.
        match self.process.mounts.iter().find(|m| within(&path, &m.path)) {
            Some(mount) => {
                let text =
                    format!("the volume `{}` of {} is mounted over `{path}`", mount.volume, self.title);
                let evidence = format!("exec: \"{path}\": no such file or directory (RunContainerError)");
                Err(Broken::at(text, mount.span, evidence))
            }
            None => Ok(path),
        }
    }

    /// Executes a program, or the interpreter of a script: the credentials are then what it leaves of them.
    fn load(&mut self, path: &str) -> Result<&'w File, Broken> {
        let file = self.files.named(path);
        let binary = match file.and_then(|f| f.interpreter.as_ref()) {
            Some(interpreter) => self.files.named(interpreter),
            None => file,
        };
        let (file, binary) = file.zip(binary).ok_or_else(|| {
            let text = format!("the interpreter of `{path}` is not in the image of {}", self.title);
            Broken::at(text, self.span, format!("exec {path}: no such file or directory"))
        })?;
        for link in [file, binary] {
            filesystem::may_execute(&self.process.subject(), link).map_err(|why| Broken {
                why: Reason {
                    text: format!("`{path}` in the image of {}: {why}", self.title),
                    span: self.process.uid.why.span,
                },
                evidence: format!("exec: \"{path}\": permission denied (RunContainerError)"),
            })?;
        }
        let program = Program { caps: binary.caps, setuid: binary.is_setuid().then_some(binary.uid) };
        let before = self.process.credentials;
        let after = before.execute(program).map_err(|refused| {
            let why = &self.process.bounding_why;
            Broken {
                why: Reason {
                    text: format!(
                        "`{path}` carries {} as an effective file capability, but {} may not have it, so that execve fails with EPERM: {}",
                        refused.0, self.title, why.text
                    ),
                    span: why.span,
                },
                evidence: format!("exec {path}: operation not permitted"),
            }
        })?;
        if !after.permitted.has(before.permitted) {
            self.process.lost_at.get_or_insert_with(|| path.to_owned());
        }
        self.process.credentials = after;
        Ok(file)
    }

    /// What a program such as `env` or `tini` executes: its first argument that is neither option nor variable, and its
    /// place.
    fn argument(&self, path: &str, after: usize) -> Result<(String, usize), Broken> {
        let mut words = self.argv.iter().enumerate().skip(after + 1);
        let next = words.find(|(_, word)| !word.starts_with('-') && !word.contains('='));
        next.map(|(at, word)| (word.clone(), at)).ok_or_else(|| {
            let text = format!("`{path}` of {} is not told what to run", self.title);
            Broken::at(text, self.span, format!("{path}: no command given"))
        })
    }
}
