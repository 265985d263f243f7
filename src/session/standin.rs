//! Temporary, until `grade::{Plan, run}` is merged.
#![allow(missing_docs)]
use crate::course::Lab;
use crate::grade::{Outcome, Report, Submission};
use crate::text::{Finding, Sources};

pub struct Plan(crate::ids::LabId);

impl Plan {
    pub fn new(lab: &Lab, _: &Sources) -> Result<Plan, Vec<Finding>> {
        Ok(Plan(lab.id.clone()))
    }
}

pub fn run(plan: &Plan, _: &Submission, _: &Sources) -> Report {
    Report { lab: plan.0.clone(), outcome: Outcome::Failed, steps: Vec::new(), findings: Vec::new() }
}
