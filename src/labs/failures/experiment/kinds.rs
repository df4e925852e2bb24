//! What the lab can do, by itself and when the user asks for it.

use super::injection::Fault;
use super::shutdown::ShutdownMode;
use super::technique::Technique;

/// Something to run and to show.
#[derive(Clone, Copy, Debug)]
pub enum Experiment {
    Technique(&'static Technique),
    /// The same fault in each pool.
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
