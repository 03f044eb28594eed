//! Files of other tools become files of a workspace.
//!
//! One folder a tool. A reader takes texts and gives texts: what is written where is the business of the command that
//! calls it. What has no equal here is a finding with its place, and stays in the result as a comment.

pub mod acceleo;
