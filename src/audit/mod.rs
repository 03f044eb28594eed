//! Why an artifact is as it is: from a line to the template, the rules, the model, and the commits.

mod explain;
mod message;

pub use explain::{Explanation, Reason, SlotOrigin, explain};
pub use message::{CAUSE, message};
