//! Places, and what is refused.

use super::*;

fn scan(text: &str) -> Result<Vec<String>, String> {
    let mut tokens = Tokens::new(text, FileId(0));
    let mut out = Vec::new();
    while let Some(token) = tokens.next().map_err(|d| d.message)? {
        out.push(match token {
            Token::Start(tag) => {
                let attributes: Vec<String> = tokens
                    .attributes()
                    .iter()
                    .map(|a| {
                        assert_eq!(&text[a.name_span().range()], a.name.text);
                        format!("{}={}", a.name.text, a.value)
                    })
                    .collect();
                format!("<{} {}", tag.name.text, attributes.join(" "))
            }
            Token::End(_) => ">".to_owned(),
            Token::Text(text, _) => text.into_owned(),
            Token::Blank(text, _) => text.to_owned(),
        });
    }
    Ok(out)
}

#[test]
fn places_are_places_of_the_file() {
    let found =
        scan("<?xml version='1.0'?>\n<a b = 'x&amp;y'\n  c=\"1\"><d/>t&#33;</a>\n").unwrap();
    assert_eq!(found, ["<a b=x&y c=1", "<d ", ">", "t", "!", ">"]);
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for text in [
        "",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "x<a/>",
        "<a/>x",
        "<a b=1/>",
        "<a b='1' b='2'/>",
        "<a>&x;</a>",
        "<a b='<'/>",
        "<!DOCTYPE a SYSTEM 'a.dtd'><a/>",
        "<a b='1'c='2'/>",
        "<a b/>",
        "<a b='1/>",
        "<a b='&'/>",
        "<a/><!DOCTYPE a>",
        "<a>\u{1}</a>",
        "<a>&#1;</a>",
        "<1/>",
        "<a>]]></a>",
        "<a b='&x;'/>",
        "<a><!-- -- --></a>",
        " <?xml version='1.0'?><a/>",
        "<?xml version='1.0+ encoding='UTF-8'?><a/>",
        "<a:b:c/>",
    ] {
        assert!(
            scan(text).is_err(),
            "{text:?} is accepted: {:?}",
            scan(text)
        );
    }
    assert!(scan(&"<a>".repeat(100_000)).unwrap_err().contains("deeper"));
}
