//! File name patterns: `*` within a component, `**` across components, `?`, `[a-z]`, `{a,b}`.

/// A pattern over paths, checked when it is made.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    /// None for a pattern of one file, which is compared.
    matcher: Option<globset::GlobMatcher>,
}

/// The pattern cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("invalid pattern `{pattern}`: {reason}")]
pub struct PatternError {
    /// The pattern.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Pattern {
    /// Reads a pattern.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        let glob = globset::GlobBuilder::new(text)
            .literal_separator(true)
            .build()
            .map_err(|error| PatternError {
                pattern: text.to_owned(),
                reason: error.kind().to_string(),
            })?;
        Ok(Self {
            text: text.to_owned(),
            matcher: (!is_literal(text)).then(|| glob.compile_matcher()),
        })
    }

    /// Whether a path matches.
    pub fn matches(&self, path: &str) -> bool {
        match &self.matcher {
            Some(matcher) => matcher.is_match(path),
            None => self.text == path,
        }
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it names one file and no more.
    pub fn is_literal(&self) -> bool {
        self.matcher.is_none()
    }

    /// The folder below which every match lies, without a final `/`; empty for the root.
    pub fn base(&self) -> &str {
        let special = self
            .text
            .find(['*', '?', '[', '{', '\\'])
            .unwrap_or(self.text.len());
        self.text[..special]
            .rfind('/')
            .map_or("", |slash| &self.text[..slash])
    }
}

fn is_literal(pattern: &str) -> bool {
    !pattern.contains(['*', '?', '[', '{', '\\'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_within_one_folder() {
        let pattern = Pattern::new("models/*.yaml").unwrap();
        assert!(pattern.matches("models/churn.yaml"));
        assert!(!pattern.matches("models/deep/churn.yaml"));
        assert!(
            Pattern::new("models/**/*.yaml")
                .unwrap()
                .matches("models/deep/churn.yaml")
        );
        assert_eq!(pattern.base(), "models");
        let one = Pattern::new("models/churn.yaml").unwrap();
        assert!(one.is_literal() && one.matches("models/churn.yaml"));
        assert!(!one.matches("churn.yaml") && !pattern.is_literal());
        assert!(Pattern::new("a[").is_err());
    }
}
