//! What is printed: the same templates, the same data, the same bytes.
//!
//! Two differences are meant. Inside of a block, the crate looks names up in the member alone and needs `../` to reach
//! further; here every name that is visible outside stays visible inside. And the crate indents empty lines of a partial
//! template, where they stand in one text with others; here they stay empty, which is the one difference that the tests
//! accept.

use handlebars::Handlebars;
use mlopsgen::pipeline;
use mlopsgen::world::MemoryWorld;
use serde_json::json;

use super::{Numbers, mutations};
use crate::project::FILES;

/// Bodies whose result the crate decides.
const BODIES: &[&str] = &[
    "plain\n",
    "{{s.name}}",
    "a {{s.name}} b\n",
    "{{#if s.items}}\nyes\n{{/if}}\nend\n",
    "{{#if s.items}}yes{{else}}no{{/if}}\n",
    "  {{#if s.items}}\n  yes\n  {{else}}\n  no\n  {{/if}}\nend\n",
    "{{#unless s.items}}\nno\n{{else}}\nyes\n{{/unless}}\n",
    "{{#each s.items as |i|}}\n- {{i.name}}\n{{/each}}\n",
    "{{#each s.items as |i n|}}{{n}}={{i.name}}{{#unless @last}}, {{/unless}}{{/each}}\n",
    "{{#each s.items as |i|}}\n{{#if i.price}}\n{{i.name}} {{i.price}}\n{{else}}\n{{i.name}} free\n{{/if}}\n{{/each}}\nend\n",
    "{{#each s.items as |i|}}\n  {{#if @first}}\n  first\n  {{/if}}\n  {{i.name}}\n{{/each}}\n",
    "{{! a comment }}\nx\n",
    "a {{! a comment }} b\n",
    "{{!-- a }} comment --}}\nx\n",
    "  {{!-- indented --}}  \nx\n",
    "a\n  {{~ s.name ~}}  \nb\n",
    "a {{~#if s.items~}} x {{~/if~}} b\n",
    "{{#with s.name as |n|}}\n[{{n}}]\n{{/with}}\n",
    "{{#if s.items}}\n\n\nx\n\n{{/if}}\n",
    "\n{{#if s.items}}\nx\n{{/if}}\n\n",
    "{{#if s.items}}{{#if s.name}}\nx\n{{/if}}{{/if}}\n",
    "\\{{s.name}} {{s.name}}\n",
    "{{#if s.items}}\r\nx\r\n{{/if}}\r\nend\r\n",
    "{{#if s.name}}\n{{s.name}}{{/if}}\n",
    "{{#if s.empty}}a{{else if s.items}}b{{else}}c{{/if}}\n",
    "{{#if s.empty}}\na\n{{else if s.items}}\nb\n{{else}}\nc\n{{/if}}\nend\n",
    "x{{#if s.items}} \ny\n{{/if}}\n",
    "{{#each s.none as |i|}}\n{{i.name}}\n{{else}}\nnone\n{{/each}}\n",
    "\t{{#each s.items as |i|}}\t\n\t\t{{i.name}}\n\t{{/each}}\t\n",
    "{ {{s.name}} } }} {\n",
    "é {{s.name}} →\n",
    "{{#if s.items}}\nlast line without a break\n{{/if}}",
    // Chains.
    "{{#unless s.items}}a{{else if s.name}}b{{/unless}}",
    "{{#if s.empty}}a{{else unless s.items}}b{{else}}c{{/if}}",
    "{{#if s.empty}}a{{else each s.items as |i|}}{{i.name}};{{else}}none{{/if}}",
    "{{#if s.empty}}\na\n{{else each s.items as |i|}}\n{{i.name}}\n{{/if}}\nend\n",
    "{{#if s.empty}}a{{else with s.name as |n|}}[{{n}}]{{else}}none{{/if}}",
    "{{#each s.none}}a{{else if s.items}}b{{else}}c{{/each}}",
    "{{#with s.empty}}a{{else}}b{{/with}}",
    "{{#if s.empty}}a{{^}}b{{/if}}",
    "{{#if s.empty}}a{{^if s.name}}b{{/if}}",
    "{{#if s.empty}}a{{elseif s.name}}b{{/if}}",
    // Members without a name.
    "{{#each s.items}}{{this.name}} {{/each}}",
    "{{#each s.items}}{{name}} {{/each}}",
    "{{#each s.items}}{{./name}} {{/each}}",
    "{{#each s.items}}{{this/name}}{{#unless @last}}, {{/unless}}{{/each}}",
    "{{#each s.items}}{{@index}}{{#if @first}}!{{/if}}{{/each}}",
    "{{#each s.items}}{{../s.name}} {{/each}}",
    "{{#each s.items}}{{@root.s.name}} {{@root/s/name}} {{/each}}",
    "{{#each s.items as |i|}}{{#each ../s.items}}{{i.name}}-{{name}} {{/each}}{{/each}}",
    "{{#each s.items}}{{#each ../s.items}}{{../name}}-{{name}} {{/each}}{{/each}}",
    "{{#each s.items}}{{#each ../s.items}}{{@../index}}{{@index}} {{/each}}{{/each}}",
    "{{#each s.items}}{{#if price}}{{price}}{{else}}{{../s.name}}{{/if}} {{/each}}",
    "{{#each s.items}}{{#with name}}{{this}}{{../name}}{{/with}} {{/each}}",
    "{{#with s}}{{name}}{{#each items}}{{name}}{{../name}}{{/each}}{{/with}}",
    "{{#with s}}{{this.name}}{{/with}}",
    "{{this.s.name}} {{./s.name}} {{s/name}}",
    "{{#each s.items as |i|}}{{this.name}}{{i.name}}{{/each}}",
    // `lookup`.
    "{{#with (lookup s.items 1)}}{{name}}{{/with}}",
    "{{#with (lookup s.items 0) as |i|}}{{i.name}}{{/with}}",
    "{{#with (lookup s.items 7)}}{{name}}{{else}}none{{/with}}",
    "{{#if (lookup s.items 1)}}yes{{/if}}",
    "{{#each s.items}}{{#with (lookup ../s.items @index)}}{{name}}{{/with}}{{/each}}",
    // Comments and white space.
    "a{{! b }}\n{{! c }}\nd",
    "{{!-- {{s.name}} --}}x",
    "{{!--}}x{{!-- y --}}z",
    "{{s.name~}} {{! c }} d",
    "{{s.name~}} \n {{! c }} \n d",
    "{{#if s.items~}}\n{{s.name}}\n z{{/if}}",
    "a \n {{~#each s.items as |i|~}} \n {{i.name}} \n {{~/each~}} \n b",
    "{{#if s.items}}a{{~else~}}b{{/if}}",
    "  {{#if s.items}}  \n  {{s.name}}  \n  {{/if}}  \n  end",
    "{{#if s.items}}\n{{/if}}\n{{#if s.items}}\n{{/if}}\n",
    "\n\n{{#if s.items}}\n\n{{/if}}\n\n",
    "a\r\n{{#if s.items}}\r\nb\r\n{{/if}}\r\nc",
    "  {{s.name}}  \n  {{s.name}}\n",
    "{{#if s.items}} {{/if}}x",
    "{{#if s.items}}x{{/if}} \n y",
    "\\\\{{s.name}} \\{{#if x}} \\{{{{a}}}}",
    "\u{a0}{{~s.name~}}\u{a0}\u{3000}x",
    // Inline templates.
    "{{#*inline \"x\"}}[{{s.name}}]{{/inline}}{{> x}} {{> x}}",
    "{{#*inline \"x\"}}\n- {{s.name}}\n{{/inline}}\n  {{> x}}\n{{> x}}\nend\n",
    "{{#*inline \"x\"}}{{a}}{{b}}{{/inline}}{{> x a=\"1\" b=s.name}}",
    "{{#*inline \"x\"}}{{name}} {{/inline}}{{#each s.items}}{{> x}}{{/each}}",
    "{{#*inline \"x\"}}<{{a}}>{{/inline}}{{#each s.items as |i|}}{{> x a=i.name}}{{/each}}",
    // Partial templates.
    "{{> item item=s.name mark=\"*\"}}",
    "a {{> item item=s.name mark=\"*\"}} b",
    "a\n  {{> item item=s.name mark=\"*\"}}\nb\n",
    "{{#each s.items as |i|}}\n  {{> item item=i.name mark=\"-\"}}\n{{/each}}\nend\n",
    "{{#each s.items as |i|}}\n  {{> lines text=i.name}}\n{{/each}}\nend\n",
    "x {{> lines text=s.name}} y\n",
    "    {{> lines text=s.name}}\n",
    "\t{{> lines text=s.name}}\nend",
    "  {{~> lines text=s.name~}}  \nend",
    "  {{> outer text=s.name}}\nend\n",
    "{{> open text=s.name}}end\n",
    "{{#> frame}}inner {{s.name}}{{/frame}}",
    "{{#> frame}}\ninner {{s.name}}\n{{/frame}}\nend\n",
    "{{#> frame}}{{#each s.items as |i|}}{{i.name}}{{/each}}{{/frame}}",
    "  {{#> frame}}\n  inner\n  {{/frame}}\nend\n",
    "\t{{#> frame}}\n\t{{> lines text=s.name}}\n\t{{/frame}}\nend\n",
    "  {{#> frame}}inner{{/frame}}\nend\n",
    "{{> frame}}",
    "{{> frame}}\nend\n",
    "{{#> frame}}{{#> frame}}{{s.name}}{{/frame}}{{/frame}}",
    "{{#> framed}}x{{/framed}}",
    "{{#each s.items as |i|}}{{#> frame}}{{i.name}}{{/frame}}{{/each}}",
];

/// Partial templates: name, parameters, body.
const PARTIALS: &[(&str, &str, &str)] = &[
    (
        "item",
        "{item: String, mark: String}",
        "{{mark}} {{item}}\n",
    ),
    (
        "lines",
        "{text: String}",
        "first {{text}}\n  second {{text}}\nthird\n",
    ),
    (
        "outer",
        "{text: String}",
        "begin\n  {{> lines text=text}}\nend\n",
    ),
    (
        "open",
        "{text: String}",
        "{{#if text}}\n{{text}}\n  {{/if}}",
    ),
    (
        "frame",
        "{}",
        "<{{#> @partial-block}}none{{/@partial-block}}>",
    ),
    (
        "framed",
        "{}",
        "({{#> frame}}{{> @partial-block}}{{/frame}})",
    ),
];

fn ours(body: &str) -> String {
    let mut world = MemoryWorld::default();
    for (path, text) in FILES {
        world.insert(*path, text);
    }
    // Features that are not set, for the conditions that do not hold.
    let ecore = FILES[1].1.replace(
        "<eStructuralFeatures xsi:type=\"ecore:EReference\" name=\"items\"",
        "<eStructuralFeatures xsi:type=\"ecore:EReference\" name=\"none\" upperBound=\"-1\" eType=\"#//Item\"/>\n    \
         <eStructuralFeatures xsi:type=\"ecore:EReference\" name=\"empty\" upperBound=\"-1\" eType=\"#//Item\"/>\n    \
         <eStructuralFeatures xsi:type=\"ecore:EReference\" name=\"items\"",
    );
    world.insert("shop.ecore", ecore);
    world.insert(
        "mlopsgen.yaml",
        "metamodels: [shop.ecore]\nmodels: [models/*.yaml]\ntemplates: [\"*.hbs\"]\noutput: out\n",
    );
    for (name, parameters, body) in PARTIALS {
        let text = format!("---\nparameters: {parameters}\n---\n{body}");
        world.insert(format!("{name}.hbs"), text);
    }
    world.insert(
        "t.hbs",
        format!("---\nartifact: t.txt\nfor: {{s: Shop}}\n---\n{body}"),
    );
    let run = pipeline::run(&world);
    if run.diagnostics.has_errors() {
        return format!("{:?}", run.diagnostics);
    }
    let printed = run.artifacts().find(|a| a.path().ends_with("t.txt"));
    printed.map_or_else(String::new, |a| a.print().text)
}

fn theirs(body: &str) -> String {
    let mut engine = Handlebars::new();
    engine.register_escape_fn(handlebars::no_escape);
    for (name, _, body) in PARTIALS {
        engine.register_partial(name, body).unwrap();
    }
    let items = json!([{"name": "tea", "price": 3}, {"name": "milk", "price": null}]);
    let data = json!({"s": {"name": "corner", "items": items, "none": [], "empty": []}});
    engine
        .render_template(body, &data)
        .unwrap_or_else(|e| e.to_string())
}

/// What differs of what we and the crate print for a body.
fn difference(body: &str, ours: &str) -> Option<String> {
    let theirs = theirs(body);
    let differs = ours != theirs && !only_empty_lines(body, ours, &theirs);
    differs.then(|| format!("{body:?}\n  ours   {ours:?}\n  theirs {theirs:?}"))
}

/// Whether all that differs are empty lines, to which the crate gives what indents a partial template of the body.
fn only_empty_lines(body: &str, ours: &str, theirs: &str) -> bool {
    let uses = body.match_indices("{{>").map(|(at, _)| &body[..at]);
    let indents: Vec<&str> = uses
        .map(|before| &before[before.trim_end_matches([' ', '\t']).len()..])
        .filter(|blanks| !blanks.is_empty())
        .collect();
    let (ours, theirs): (Vec<&str>, Vec<&str>) =
        (ours.split('\n').collect(), theirs.split('\n').collect());
    ours.len() == theirs.len()
        && ours.iter().zip(theirs).all(|(ours, theirs)| {
            let given = theirs.strip_suffix(ours);
            ours == &theirs
                || matches!(*ours, "" | "\r") && given.is_some_and(|g| made_of(g, &indents))
        })
}

/// Whether a text is nothing but some of these, one after the other.
fn made_of(text: &str, parts: &[&str]) -> bool {
    text.is_empty()
        || parts
            .iter()
            .filter_map(|part| text.strip_prefix(part))
            .any(|rest| made_of(rest, parts))
}

#[test]
fn only_empty_lines_may_differ_by_an_indentation() {
    let body = "  {{> x}}\n";
    assert!(only_empty_lines(body, "  a\n\n  b\n", "  a\n  \n  b\n"));
    assert!(only_empty_lines(body, "  a\r\n\r\n", "  a\r\n  \r\n"));
    for (ours, theirs) in [
        ("a\n\nb", "a\n \nb"),
        ("a\n\nb", "a\n\t\nb"),
        ("a\n  \nb", "a\n\nb"),
        ("a\nb", "a\n  b"),
        ("a\n\nb", "a\n  \n  b"),
        ("a\n", "a\n  \n"),
    ] {
        assert!(!only_empty_lines(body, ours, theirs), "{ours:?} {theirs:?}");
    }
    assert!(!only_empty_lines("{{> x}}\n", "a\n\nb", "a\n  \nb"));
}

#[test]
fn the_crate_prints_the_same() {
    let differ: Vec<String> = BODIES
        .iter()
        .filter_map(|body| difference(body, &ours(body)))
        .collect();
    let (count, all) = (differ.len(), BODIES.len());
    assert!(count == 0, "{count} of {all} differ\n{}", differ.join("\n"));
}

/// What is put somewhere into a body.
const WHITE: &[&str] = &[
    " ",
    "\n",
    "\t",
    "\r\n",
    "~",
    "  ",
    "\n\n",
    "{{! c }}",
    "{{@root.s.name}}",
    "{{@root.s.name~}}",
    "{{~@root.s.name}}",
    "x",
    "\\",
    "{{#if s.items}}",
    "{{/if}}",
    "{{else}}",
];

#[test]
fn the_crate_prints_mutations_the_same() {
    let mut numbers = Numbers(11);
    let mut differ = Vec::new();
    let mut templates = 0;
    for body in BODIES
        .iter()
        .flat_map(|b| std::iter::repeat_n(b, mutations(4)))
    {
        let mut chars: Vec<String> = body.chars().map(String::from).collect();
        for _ in 0..=numbers.below(2) {
            let part = WHITE[numbers.below(WHITE.len())].to_owned();
            chars.insert(numbers.below(chars.len() + 1), part);
        }
        let body = chars.concat();
        let ours = ours(&body);
        // What we refuse is held against the crate's grammar elsewhere.
        if !ours.starts_with("Diagnostics") {
            templates += 1;
            differ.extend(difference(&body, &ours));
        }
    }
    assert!(templates > BODIES.len(), "{templates} are templates");
    assert!(
        differ.is_empty(),
        "{} of {templates} differ\n{}",
        differ.len(),
        differ.join("\n")
    );
}
