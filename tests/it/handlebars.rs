//! Our printer against the handlebars crate: the same templates, the same data, the same bytes.
//!
//! One difference is meant: inside of a block, the crate looks names up in the member alone and needs `../` to reach
//! further; here every name that is visible outside stays visible inside.

use handlebars::Handlebars;
use mlopsgen::pipeline;
use mlopsgen::world::MemoryWorld;
use serde_json::json;

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
        "metamodels: [shop.ecore]\nmodels: [models/*.yaml]\ntemplates: [t.hbs]\noutput: out\n",
    );
    world.insert(
        "t.hbs",
        format!("---\nartifact: t.txt\nfor: {{s: Shop}}\n---\n{body}"),
    );
    let run = pipeline::run(&world);
    assert!(
        run.diagnostics.is_empty(),
        "{body:?}: {:?}",
        run.diagnostics
    );
    run.artifacts().next().unwrap().1.text.clone()
}

fn theirs(body: &str) -> String {
    let mut engine = Handlebars::new();
    engine.register_escape_fn(handlebars::no_escape);
    let items = json!([{"name": "tea", "price": 3}, {"name": "milk", "price": null}]);
    let data = json!({"s": {"name": "corner", "items": items, "none": [], "empty": []}});
    engine
        .render_template(body, &data)
        .unwrap_or_else(|e| panic!("{body:?}: {e}"))
}

#[test]
fn the_crate_prints_the_same() {
    let differ: Vec<String> = BODIES
        .iter()
        .filter(|body| ours(body) != theirs(body))
        .map(|body| {
            format!(
                "{body:?}\n  ours   {:?}\n  theirs {:?}",
                ours(body),
                theirs(body)
            )
        })
        .collect();
    assert!(
        differ.is_empty(),
        "{} of {} differ\n{}",
        differ.len(),
        BODIES.len(),
        differ.join("\n")
    );
}
