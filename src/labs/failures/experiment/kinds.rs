//! What the lab can run, by its plan and when the user asks for it.

use super::injection::Fault;
use super::shutdown::ShutdownMode;
use super::technique::Technique;

/// One part of the plan; also the lab's only command.
#[derive(Clone, Copy, Debug)]
pub enum Experiment {
    Technique(&'static Technique),
    /// The same fault in each pool that the settings ask for.
    Fault(&'static Fault),
    Shutdown(ShutdownMode),
}

impl Experiment {
    /// Its name in the progress, and in the report if it could not be run.
    pub fn title(self) -> String {
        match self {
            Self::Technique(technique) => technique.title.to_lowercase(),
            Self::Fault(fault) => fault.title.to_owned(),
            Self::Shutdown(mode) => mode.title().to_owned(),
        }
    }
}
