//! Why an artifact is as it is: from a line to the template, the rules, the model, and the commits; and why an
//! element of a model is as it is.

mod element;
mod explain;
mod message;
mod place;

pub use element::{ElementExplanation, Unexplained, explain_element};
pub use explain::{Explanation, Reason, SlotOrigin, explain};
pub use message::{CAUSE, message};
