//! What can be called, and what comes back? The OpenAPI document, and what a page shows of it.

use crate::config::RequestLimits;
use crate::http::error::Problem;
use crate::http::router;
use crate::http::state::AppState;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::LazyLock;
use utoipa::openapi::OpenApi as OpenApi3;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

/// What the document says beside the operations.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "kb help centre API",
        description = "Search and read a help centre, ask its people, and follow a question by its secret link. No key is needed for what is public; a token that the company's \
            site signs for its customer shows what is for him, and a key shows a program what its scopes say. Texts that may carry marks come in stretches \
            of plain text: set them as text, never as HTML. Failures are problems as of RFC 9457. Answers carry an `ETag` and may be \
            shared for a minute. Other sites may call from a browser when `embed.origins` in kb.toml lists them.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT")
    ),
    components(schemas(Problem)),
    modifiers(&Token),
    security((), ("customer" = []), ("key" = [])),
    servers((url = "/", description = "This help centre")),
    tags(
        (name = "search", description = "Find what answers a question"),
        (name = "articles", description = "Read what there is"),
        (name = "cases", description = "Ask people, and follow what one asked"),
        (name = "questions", description = "The open forum: what people asked, what helped, and answers of one's own")
    )
)]
pub(in crate::http) struct Description;

/// Says how a customer's token is sent.
struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut OpenApi3) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(
                "A short token that the company's site signs for its customer. May be left out.",
            ));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("customer", SecurityScheme::Http(scheme.build()));
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("kb_…")
            .description(Some(
                "A key of a program, which permits what its scopes say; beside a customer's token it comes as `X-Api-Key`. May be left \
                 out, unless `api.require_key` asks for one.",
            ));
        components.add_security_scheme("key", SecurityScheme::Http(scheme.build()));
    }
}

/// The document with the limits that hold when nothing is set.
static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(router::openapi()).unwrap_or_default());

/// `GET /api/v1/openapi.json`
pub(in crate::http) async fn openapi_document(State(state): State<AppState>) -> impl IntoResponse {
    let kind = (header::CONTENT_TYPE, "application/json");
    let mut document = document(&state.settings().limits);
    if state.settings().api.require_key {
        require_key(&mut document);
    }
    ([kind], document.to_string())
}

/// The document with the limits of this server.
fn document(limits: &RequestLimits) -> Value {
    let mut document = DOCUMENT.clone();
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    let operations = paths.filter_map(|(_, path)| path.get_mut("get"));
    for operation in operations {
        // By `get_mut`: an index would write `null` where there are no parameters.
        let parameters = operation.get_mut("parameters");
        for parameter in parameters
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            limit(parameter, limits);
        }
    }
    document
}

/// Takes the leave to bring nothing away, where `api.require_key` does.
fn require_key(document: &mut Value) {
    let ways = document.get_mut("security").and_then(Value::as_array_mut);
    if let Some(ways) = ways {
        ways.retain(|way| way.as_object().is_some_and(|way| !way.is_empty()));
    }
}

/// Says of a parameter what `kb.toml` allows, where the code names the default of that.
fn limit(parameter: &mut Value, limits: &RequestLimits) {
    let default = RequestLimits::default();
    let chars = |limits: &RequestLimits| json!(limits.query_chars * 4);
    let schema = &mut parameter["schema"];
    if schema["maxLength"] == chars(&default) {
        schema["maxLength"] = chars(limits);
    }
    if schema["maximum"] == json!(default.page_hits) {
        schema["maximum"] = json!(limits.page_hits);
        let usual = schema["default"].as_u64().unwrap_or_default();
        schema["default"] = json!(usual.min(limits.page_hits as u64));
    }
    if schema["maximum"] == json!(default.max_offset) {
        schema["maximum"] = json!(limits.max_offset);
    }
    let words = [
        (default.query_chars * 4, limits.query_chars * 4),
        (default.query_chars, limits.query_chars),
    ];
    if let Some(text) = parameter["description"].as_str() {
        let told = words.iter().fold(text.to_owned(), |text, (usual, own)| {
            text.replace(&format!("{usual} characters"), &format!("{own} characters"))
                .replace(
                    &format!("first {usual} count"),
                    &format!("first {own} count"),
                )
        });
        parameter["description"] = json!(told);
    }
}

/// All that can be called and all that comes back, as a page shows it.
#[derive(Debug, Serialize)]
pub(in crate::http) struct Reference {
    version: String,
    description: String,
    operations: Vec<Operation>,
    schemas: Vec<Shape>,
}

/// The reference of this server.
pub(in crate::http) fn reference(limits: &RequestLimits) -> Reference {
    let document = document(limits);
    Reference {
        version: text(&document["info"]["version"]),
        description: text(&document["info"]["description"]),
        operations: operations(&document),
        schemas: schemas(&document),
    }
}

/// One thing that can be called.
#[derive(Debug, Serialize)]
struct Operation {
    anchor: String,
    method: String,
    path: String,
    summary: String,
    description: String,
    parameters: Vec<Line>,
    responses: Vec<Line>,
    example: String,
}

/// One line of a table.
#[derive(Debug, Serialize)]
struct Line {
    name: String,
    kind: String,
    schema: Option<String>,
    required: bool,
    description: String,
}

/// One type.
#[derive(Debug, Serialize)]
struct Shape {
    name: String,
    description: String,
    values: Vec<String>,
    fields: Vec<Line>,
}

fn operations(document: &Value) -> Vec<Operation> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten();
            methods.map(move |(method, operation)| Operation::of(path, method, operation))
        })
        .collect()
}

impl Operation {
    fn of(path: &str, method: &str, operation: &Value) -> Self {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let responses = operation["responses"].as_object().into_iter().flatten();
        Self {
            anchor: text(&operation["operationId"]),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: text(&operation["summary"]),
            description: text(&operation["description"]),
            parameters: parameters.map(parameter).collect(),
            responses: responses
                .map(|(status, response)| outcome(status, response))
                .collect(),
            example: example(path, &operation["parameters"]),
        }
    }
}

fn parameter(parameter: &Value) -> Line {
    Line {
        name: text(&parameter["name"]),
        kind: kind_of(&parameter["schema"]),
        schema: None,
        required: parameter["required"] == true,
        description: text(&parameter["description"]),
    }
}

fn outcome(status: &str, response: &Value) -> Line {
    let mut bodies = response["content"].as_object().into_iter().flatten();
    let (kind, schema) = bodies.next().map_or((String::new(), None), |(kind, body)| {
        (kind.clone(), named(&body["schema"]))
    });
    Line {
        name: status.to_owned(),
        kind,
        schema,
        required: false,
        description: text(&response["description"]),
    }
}

/// An address to try: the required parameters with their examples.
fn example(path: &str, parameters: &Value) -> String {
    let mut path = path.to_owned();
    let mut query = Vec::new();
    let required = parameters
        .as_array()
        .into_iter()
        .flatten()
        .filter(|p| p["required"] == true);
    for parameter in required {
        let (name, value) = (text(&parameter["name"]), text(&parameter["example"]));
        match parameter["in"] == "path" {
            true => path = path.replace(&format!("{{{name}}}"), &value),
            false => query.push(format!("{name}={value}")),
        }
    }
    match query.is_empty() {
        true => path,
        false => format!("{path}?{}", query.join("&")),
    }
}

fn schemas(document: &Value) -> Vec<Shape> {
    let schemas = document["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten();
    let shape = |(name, schema): (&String, &Value)| {
        let fields = schema["properties"].as_object().into_iter().flatten();
        let values = schema["enum"].as_array().into_iter().flatten();
        Shape {
            name: name.clone(),
            description: text(&schema["description"]),
            values: values.map(text).collect(),
            fields: fields
                .map(|(field, of)| line(field, of, &schema["required"]))
                .collect(),
        }
    };
    schemas.map(shape).collect()
}

fn line(name: &str, schema: &Value, required: &Value) -> Line {
    let is_required = required
        .as_array()
        .is_some_and(|names| names.iter().any(|n| n == name));
    Line {
        name: name.to_owned(),
        kind: kind_of(schema),
        schema: named(schema),
        required: is_required,
        description: text(&schema["description"]),
    }
}

/// The type that a schema refers to, by itself, in a list, or beside `null`.
fn named(schema: &Value) -> Option<String> {
    if let Some(place) = schema["$ref"].as_str() {
        return place.rsplit('/').next().map(str::to_owned);
    }
    let inner = ["items", "additionalProperties"];
    let inner = inner.iter().filter_map(|key| schema.get(key));
    let choices = schema["oneOf"].as_array().into_iter().flatten();
    inner.chain(choices).find_map(named)
}

/// A type in words: `integer 1–50`, `list of string`, `string or null`.
fn kind_of(schema: &Value) -> String {
    if let Some(list) = schema["type"].as_array() {
        return list.iter().map(text).collect::<Vec<_>>().join(" or ");
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(text).collect::<Vec<_>>().join(" or ");
    }
    if let Some(choices) = schema["oneOf"].as_array().or(schema["allOf"].as_array()) {
        return choices.iter().map(kind_of).collect::<Vec<_>>().join(" or ");
    }
    match schema["type"].as_str() {
        Some("array") => format!("list of {}", kind_of(&schema["items"])),
        Some("object") if schema["additionalProperties"].is_object() => {
            format!("map to {}", kind_of(&schema["additionalProperties"]))
        }
        Some(kind) => match (schema["minimum"].as_u64(), schema["maximum"].as_u64()) {
            (Some(low), Some(high)) => format!("{kind} {low}–{high}"),
            _ => kind.to_owned(),
        },
        None => named(schema).unwrap_or_else(|| "any".to_owned()),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
