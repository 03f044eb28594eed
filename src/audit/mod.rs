//! Why an artifact is as it is: from a line to the template, the rules, the model, and the commits; why an element of
//! a model is as it is; and whether what a commit holds is what its inputs generate.

mod blame;
mod changes;
mod element;
mod explain;
mod lines;
mod message;
mod place;
mod told;
mod verify;

pub use blame::{BlamedLine, Blamer, InputLine, Source};
pub use changes::{Changes, concern};
pub use element::{ElementExplanation, Unexplained, explain_element};
pub use explain::{Explainer, Explanation, Reason, SlotOrigin};
pub use lines::lines;
pub use message::{
    CAUSE, Occasion, REASON, RECORD, RESTORED, RecordDigests, Rest, Restored, message,
};
pub use told::ChangeReport;
pub use verify::{
    Depth, Difference, Drift, DriftKind, Level, Verdict, Verified, Verifier, VerifyError, drifts,
};
