//! `insula demo`: the story so far, told by the running service.

use clap::Args;

use crate::config::Config;

/// Where the service answers.
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// The address of the running service. Default: where this configuration would listen.
    #[arg(long)]
    pub url: Option<String>,
}

/// Tells the story.
pub fn tell(_config: &Config, _demo: &Demo) -> Result<(), Box<dyn std::error::Error>> {
    Ok(())
}
