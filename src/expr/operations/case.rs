//! Names in the spelling of other languages: `kebab-case`, `snake_case`.

/// The words of a name in small letters: what is between other characters, and at changes of letter case.
fn words(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut words = vec![String::new()];
    for (i, letter) in letters.iter().enumerate() {
        if !letter.is_ascii_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let before = i.checked_sub(1).map(|b| letters[b]);
        let small_next = letters.get(i + 1).is_some_and(char::is_ascii_lowercase);
        let begins = before.is_some_and(|b| {
            b.is_ascii_lowercase() || b.is_ascii_digit() || (b.is_ascii_uppercase() && small_next)
        });
        if letter.is_ascii_uppercase() && begins {
            words.push(String::new());
        }
        let last = words.len() - 1;
        words[last].push(letter.to_ascii_lowercase());
    }
    words.retain(|w| !w.is_empty());
    words
}

/// `ExampleReport` as `example-report`: only `a-z`, `0-9` and single `-` between them.
pub(super) fn kebab(text: &str) -> String {
    words(text).join("-")
}

/// `ExampleReport` as `example_report`, with `_` before a digit at the beginning.
pub(super) fn snake(text: &str) -> String {
    let name = words(text).join("_");
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{name}")
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_where_letter_case_or_characters_change() {
        for (text, name) in [
            ("ExampleReport", "example-report"),
            ("Churn 2_x", "churn-2-x"),
            ("HTTPServer", "http-server"),
            ("v2Beta", "v2-beta"),
            ("--a  b--", "a-b"),
            ("été", "t"),
            ("", ""),
            ("ABC", "abc"),
        ] {
            assert_eq!(kebab(text), name, "{text}");
        }
        assert_eq!(snake("2ndTry"), "_2nd_try");
        assert_eq!(snake("Churn 2_x"), "churn_2_x");
    }
}
