//! The command line, as clap reads it. The doc comments are the help.

#![expect(clippy::doc_markdown, reason = "the doc comments are the help text")]

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::rules::Rules;

/// Learn container and Kubernetes security in the terminal: attacks must fail, the application must still work
#[derive(Debug, Parser)]
#[command(name = "sealegs", version, max_term_width = 100)]
#[command(
    after_help = "Without a command: the application, where you left it. Exit codes: 0 yes, 1 no, 2 wrong \
                        question, 3 could not be judged."
)]
pub struct Cli {
    /// Take the course in this directory instead of the built-in one
    #[arg(long, global = true, value_name = "DIR", display_order = 900)]
    pub course: Option<PathBuf>,

    /// Line by line, without screens: for screen readers, dumb terminals and scripts
    #[arg(long, global = true, display_order = 901)]
    pub linear: bool,

    /// What to do
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read a lesson, an interview brief or the glossary; in a terminal the application opens there
    Read {
        /// A lesson's number, its stem or the beginning of it; brief-TRACK, term-ID or glossary; without one, the
        /// list of what there is
        name: Option<String>,
    },
    /// Take the quiz of a lesson, or of an interview brief, which never counts
    Quiz {
        /// The lesson, or brief-TRACK
        name: String,
    },
    /// Drill the cards that are due
    Drill,
    /// Answer open questions aloud, and hold the answer against a model answer and its rubric
    Interview {
        /// A lesson or a track; without one, all
        #[arg(value_name = "LESSON|TRACK")]
        name: Option<String>,
    },
    /// Read, start, reset and find labs
    Lab {
        /// What to do
        #[command(subcommand)]
        command: LabCommand,
    },
    /// Grade lab folders: attacks and duties are replayed against each
    Grade {
        /// Folders with the files of a lab
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// The lab, where a folder is not named after it
        #[arg(long, value_name = "ID")]
        lab: Option<String>,
        /// How to print the report
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Check manifests for what an attacker would look for
    Check {
        /// Files, directories, or - for standard input
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        rules: Rules,
        /// Write the fixes that are safe, after showing them as a diff; then tell what is left
        #[arg(long, conflicts_with = "diff")]
        fix: bool,
        /// Only show the diff of what --fix would write
        #[arg(long)]
        diff: bool,
        /// How to print the findings
        #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
        format: CheckFormat,
        /// Read and parse, and judge nothing: what the checks' own time is measured against
        #[arg(long, hide = true)]
        parse_only: bool,
    },
    /// Ask admission: would the API server take these pods, and those that workloads make?
    ///
    /// Namespaces, LimitRanges, ResourceQuotas and policies are taken from the same files. Stages in the API server's order:
    /// LimitRanger's defaults, ServiceAccount, Priority, RuntimeClass, MutatingAdmissionPolicy, the mutating webhooks of Kyverno
    /// and Sigstore, validation, LimitRanger's bounds, PodSecurity, ValidatingAdmissionPolicy, the validating webhooks of
    /// Gatekeeper, Kyverno and Sigstore, ResourceQuota. Not judged is what other webhooks would be asked about, what a policy
    /// says of a sender whom nobody names, and of an image that no object of kind Image describes.
    #[command(
        after_help = "Ends with 0: all are taken; 1: one is refused; 3: one could not be judged.\n\nExample:\n  \
                            sealegs admit --as ann deploy"
    )]
    Admit {
        /// Files, directories, or - for standard input
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Who sends them: a user, or system:serviceaccount:NAMESPACE:NAME, whose groups come along
        #[arg(long = "as", value_name = "USER")]
        user: Option<String>,
        /// A group of theirs, repeated for several
        #[arg(long = "as-group", value_name = "GROUP", requires = "user")]
        groups: Vec<String>,
        /// How to print the answers
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// What a finding means: the attack, the fix, the lesson
    Explain {
        /// Its id, or another tool's (KSV-0017, CKV_K8S_16)
        #[arg(required_unless_present = "list")]
        id: Option<String>,
        /// All of them, a line each
        #[arg(long)]
        list: bool,
    },
    /// Which connections do network policies let through, and by which line?
    Reach(super::reach::Reach),
    /// Ask a simulator: JSON lines in, one verdict a line out
    #[command(
        disable_help_flag = true,
        after_help = "sealegs sim NAME --help tells what a simulator reads and answers, with an example. It runs: sealegs sim \
                      NAME --example | sealegs sim NAME --cases -"
    )]
    Sim {
        /// The simulator; without one, the list
        name: Option<String>,
        /// The cases, or - for standard input
        #[arg(long, value_name = "FILE", requires = "name")]
        cases: Option<PathBuf>,
        /// Say why with each verdict: the reasons, and where in the case each stands
        #[arg(long, requires = "cases")]
        explain: bool,
        /// Print the case of the simulator's page, as a line
        #[arg(long, requires = "name", conflicts_with = "cases")]
        example: bool,
        /// Print the simulator's page; without a name, this help
        #[arg(long, short)]
        help: bool,
    },
    /// Who may do what, by the roles and bindings in manifests, and who can become cluster-admin?
    Can(CanArgs),
    /// What you have done, and where it is kept
    Progress {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Issue, show and verify the certificate
    Certificate {
        /// What to do
        #[command(subcommand)]
        command: CertificateCommand,
    },
    /// For authors: check a course, prove its labs, count what it holds
    Course {
        /// What to do
        #[command(subcommand)]
        command: CourseCommand,
    },
}

/// A question to the roles and bindings of manifests.
#[derive(Debug, Args)]
#[command(
    after_help = "The resource may have a subresource and a group: pods/log, deployments.apps/scale; what begins \
    with a slash is a path of the API server. No namespace means the whole cluster. Roles that Kubernetes makes \
    itself are known where the manifests hold them, and cluster-admin always; what Kubernetes binds itself \
    (system:discovery and the like) is not added.\n\nWith --reach: by which chain of permissions (bind, escalate, \
    impersonate, tokens, pods, nodes) who becomes cluster-admin, or another principal.\n\nEnds with 0: yes; with \
    --reach, nobody gets there; 1: no; with --reach, somebody does; 3: it cannot be said.\n\nExamples:\n  \
    sealegs can get secrets --as ann -n shop deploy\n  \
    sealegs can --list --as system:serviceaccount:shop:web deploy\n  \
    sealegs can --reach cluster-admin deploy"
)]
pub struct CanArgs {
    /// The question, get secrets or get /metrics, and the manifests: files, directories, or - for standard input; with
    /// --list and --reach the manifests alone
    #[arg(required = true, value_names = ["VERB", "RESOURCE", "PATH"], num_args = 1..)]
    pub words: Vec<String>,
    /// Who asks: a user, or system:serviceaccount:NAMESPACE:NAME, whose groups come along
    #[arg(long = "as", value_name = "USER", required_unless_present = "reach")]
    pub user: Option<String>,
    /// A group of theirs, repeated for several; one drops the groups of a service account, as in kubectl
    #[arg(long = "as-group", value_name = "GROUP")]
    pub groups: Vec<String>,
    /// The namespace; without it, the whole cluster
    #[arg(long, short, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// The name of one object
    #[arg(long, value_name = "NAME", conflicts_with = "list")]
    pub name: Option<String>,
    /// Everything that they may do; without a namespace, in each
    #[arg(long)]
    pub list: bool,
    /// Who can reach cluster-admin, or this user or service account, and by which chain; with --as, only they
    #[arg(long, value_name = "NAME", conflicts_with_all = ["list", "namespace", "name", "groups"])]
    pub reach: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// What can be done with labs.
#[derive(Debug, Subcommand)]
pub enum LabCommand {
    /// All labs, and what you reached
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// What happened, what is asked, and the world around your files
    Brief(LabName),
    /// Write the starting files into your folder and say where it is
    Start(LabName),
    /// Begin anew; what you had is kept beside it
    Reset(LabName),
    /// Where your files are
    Path(LabName),
}

/// A lab.
#[derive(Debug, Args)]
pub struct LabName {
    /// The lab, or its lesson's number
    pub lab: String,
}

/// What can be done with certificates.
#[derive(Debug, Subcommand)]
pub enum CertificateCommand {
    /// Issue it, where its rule is met
    Issue {
        /// The name that it shall bear
        #[arg(long)]
        name: String,
    },
    /// What is missing, or the certificate as text
    Show {
        /// A certificate's file; without one, your latest
        file: Option<PathBuf>,
    },
    /// Whether a certificate is as it was issued, and what that proves
    Verify {
        /// The file, or - for standard input
        file: PathBuf,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// What can be done with courses.
#[derive(Debug, Subcommand)]
pub enum CourseCommand {
    /// Every author's mistake, and how questions and lessons are written, with file, line and a caret
    Check {
        /// The course's directory; without one, the course in use
        path: Option<PathBuf>,
        /// How to print the findings
        #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
        format: CheckFormat,
    },
    /// Prove every lab both ways: starter, solutions, near misses
    Test {
        /// The course's directory; without one, the course in use
        path: Option<PathBuf>,
    },
    /// What the course holds, counted
    Stats {
        /// The course's directory; without one, the course in use
        path: Option<PathBuf>,
        /// How to print it
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// What somebody reaches in its questions who knows nothing and has a habit
    Blind {
        /// The course's directory; without one, the course in use
        path: Option<PathBuf>,
        /// How to print it
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
}

/// How reports are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// With the line and a caret
    Text,
    /// One line a finding
    Short,
    /// For programs
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML, for test reports
    Junit,
    /// Annotations of GitHub Actions
    Github,
}
