//! What the lab can run, by its plan and when the user asks for it.

use super::injection::Fault;
use super::shutdown::ShutdownMode;
use super::technique::Technique;

/// One part of the plan: a technique, the same fault in each pool that the settings ask
/// for, or a shutdown mode. Also the lab's only command, since the user can run each of
/// them out of its turn.
#[derive(Clone, Copy, Debug)]
pub enum Experiment {
    Technique(&'static Technique),
    Fault(&'static Fault),
    Shutdown(ShutdownMode),
}

impl Experiment {
    pub fn title(self) -> String {
        match self {
            Self::Technique(technique) => technique.title.to_lowercase(),
            Self::Fault(fault) => fault.title.to_owned(),
            Self::Shutdown(mode) => mode.title().to_owned(),
        }
    }
}
