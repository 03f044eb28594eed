//! The table of codes. To add one: a variant, a row, and a section of `codes.md`.

/// Which kind of finding a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(
    missing_docs,
    reason = "each variant is documented by its section of codes.md"
)]
pub enum Code {
    Config,
    NotFound,
    Encoding,
    Limit,
    XmlSyntax,
    YamlSyntax,
    JsonSyntax,
    DuplicateKey,
    InvalidMetamodel,
    MissingNamespace,
    UnknownNamespace,
    UnknownClass,
    AbstractClass,
    UnknownFeature,
    WrongType,
    Multiplicity,
    UnresolvedReference,
    AmbiguousReference,
    DuplicateId,
    RuleSyntax,
    RuleConflict,
    RuleUnresolved,
    RuleLimit,
    RuleOverlap,
    RuleNever,
    ExpressionSyntax,
    ExpressionType,
    ExpressionOdd,
    UnknownName,
    ExpressionFailure,
    Constraint,
    TemplateSyntax,
    UnknownHelper,
    TemplateUnused,
    TemplateOdd,
    NotTranslated,
    UnprintableValue,
    ArtifactPath,
    ArtifactConflict,
    InvalidArtifact,
    ArtifactUntidy,
    EditedByHand,
    LockedArtifact,
    MergeConflict,
    OrphanedRegion,
    ForeignFile,
    Drift,
    Signature,
}

/// A row of the table of codes.
#[derive(Debug)]
pub struct CodeInfo {
    /// The code.
    pub code: Code,
    /// Its name on the command line and in messages.
    pub id: &'static str,
}

const fn row(code: Code, id: &'static str) -> CodeInfo {
    CodeInfo { code, id }
}

/// Every code, in the order of [`Code`].
pub const CODES: &[CodeInfo] = &[
    row(Code::Config, "config"),
    row(Code::NotFound, "not-found"),
    row(Code::Encoding, "encoding"),
    row(Code::Limit, "limit"),
    row(Code::XmlSyntax, "xml-syntax"),
    row(Code::YamlSyntax, "yaml-syntax"),
    row(Code::JsonSyntax, "json-syntax"),
    row(Code::DuplicateKey, "duplicate-key"),
    row(Code::InvalidMetamodel, "invalid-metamodel"),
    row(Code::MissingNamespace, "missing-namespace"),
    row(Code::UnknownNamespace, "unknown-namespace"),
    row(Code::UnknownClass, "unknown-class"),
    row(Code::AbstractClass, "abstract-class"),
    row(Code::UnknownFeature, "unknown-feature"),
    row(Code::WrongType, "wrong-type"),
    row(Code::Multiplicity, "multiplicity"),
    row(Code::UnresolvedReference, "unresolved-reference"),
    row(Code::AmbiguousReference, "ambiguous-reference"),
    row(Code::DuplicateId, "duplicate-id"),
    row(Code::RuleSyntax, "rule-syntax"),
    row(Code::RuleConflict, "rule-conflict"),
    row(Code::RuleUnresolved, "rule-unresolved"),
    row(Code::RuleLimit, "rule-limit"),
    row(Code::RuleOverlap, "rule-overlap"),
    row(Code::RuleNever, "rule-never"),
    row(Code::ExpressionSyntax, "expression-syntax"),
    row(Code::ExpressionType, "expression-type"),
    row(Code::ExpressionOdd, "expression-odd"),
    row(Code::UnknownName, "unknown-name"),
    row(Code::ExpressionFailure, "expression-failure"),
    row(Code::Constraint, "constraint"),
    row(Code::TemplateSyntax, "template-syntax"),
    row(Code::UnknownHelper, "unknown-helper"),
    row(Code::TemplateUnused, "template-unused"),
    row(Code::TemplateOdd, "template-odd"),
    row(Code::NotTranslated, "not-translated"),
    row(Code::UnprintableValue, "unprintable-value"),
    row(Code::ArtifactPath, "artifact-path"),
    row(Code::ArtifactConflict, "artifact-conflict"),
    row(Code::InvalidArtifact, "invalid-artifact"),
    row(Code::ArtifactUntidy, "artifact-untidy"),
    row(Code::EditedByHand, "edited-by-hand"),
    row(Code::LockedArtifact, "locked-artifact"),
    row(Code::MergeConflict, "merge-conflict"),
    row(Code::OrphanedRegion, "orphaned-region"),
    row(Code::ForeignFile, "foreign-file"),
    row(Code::Drift, "drift"),
    row(Code::Signature, "signature"),
];

/// The pages of all codes, one section each.
const PAGES: &str = include_str!("codes.md");

impl Code {
    /// Its name on the command line and in messages.
    pub fn id(self) -> &'static str {
        CODES[self as usize].id
    }

    /// The code of that name.
    pub fn find(id: &str) -> Option<Self> {
        CODES.iter().find(|row| row.id == id).map(|row| row.code)
    }

    /// What it means, with an example and what to do: Markdown.
    pub fn page(self) -> &'static str {
        sections()
            .find(|(id, _)| *id == self.id())
            .map_or("", |(_, text)| text)
    }
}

fn sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    PAGES.split("\n## ").skip(1).filter_map(|section| {
        let (id, text) = section.split_once('\n')?;
        Some((id.trim(), text.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_row_and_one_page_and_no_page_is_left_over() {
        for (index, row) in CODES.iter().enumerate() {
            assert_eq!(row.code as usize, index, "{} is out of order", row.id);
            assert!(
                row.code.page().len() > 60,
                "{} has no page in codes.md",
                row.id
            );
        }
        for (id, _) in sections() {
            assert!(
                Code::find(id).is_some(),
                "codes.md explains `{id}`, which is no code"
            );
        }
        assert_eq!(sections().count(), CODES.len());
    }
}
