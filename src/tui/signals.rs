//! What comes to a process beside keys: waiting for input without hanging on a closed terminal, hang-up,
//! suspension, and being woken again.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGTERM, SIGTSTP, SIGWINCH};

/// What waiting came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// There is something to read.
    Input,
    /// Nothing came in time, or a signal did.
    Nothing,
    /// The terminal is gone, or somebody wants us to end.
    HungUp,
}

/// Signals that came, as flags.
pub struct Signals {
    end: Arc<AtomicBool>,
    woken: Arc<AtomicBool>,
}

impl Signals {
    /// Begins to listen.
    pub fn listen() -> io::Result<Self> {
        let (end, woken) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        for signal in [SIGHUP, SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&end))?;
        }
        signal_hook::flag::register(SIGCONT, Arc::clone(&woken))?;
        // The handler only makes `poll` return; the size itself is read then.
        signal_hook::flag::register(SIGWINCH, Arc::new(AtomicBool::new(false)))?;
        Ok(Self { end, woken })
    }

    /// Whether the process was stopped and woken again since this was last asked.
    pub fn take_woken(&self) -> bool {
        self.woken.swap(false, Ordering::Relaxed)
    }

    /// Waits for input. To crossterm a terminal that is gone is silence or an error, so it is only asked when there
    /// is something to read.
    pub fn wait(&self, longest: Duration) -> Woken {
        if self.end.load(Ordering::Relaxed) {
            return Woken::HungUp;
        }
        let stdin = io::stdin();
        let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
        let timeout = Timespec::try_from(longest).ok();
        let woken = match poll(&mut fds, timeout.as_ref()) {
            Ok(0) | Err(Errno::INTR | Errno::AGAIN) => Woken::Nothing,
            Err(_) => Woken::HungUp,
            Ok(_) if fds[0].revents().intersects(PollFlags::HUP | PollFlags::ERR) => Woken::HungUp,
            Ok(_) => Woken::Input,
        };
        if self.end.load(Ordering::Relaxed) { Woken::HungUp } else { woken }
    }

    /// Stops the process, as Ctrl-Z does; returns when it is woken.
    pub fn suspend(&self) -> io::Result<()> {
        signal_hook::low_level::raise(SIGTSTP)?;
        self.take_woken();
        Ok(())
    }
}
