//! A request in the words of the API.

use palisade_guest::chat::{Message, Part, Request, Role, Tool, ToolCall, ToolChoice, ToolResult};
use palisade_guest::upstream::decimal;
use palisade_guest::{CallOptions, Failure, Media, Result, Warnings};
use serde_json::{Map, Value, json};

use super::{DOCUMENT, PICTURES, schema};
use crate::known::{Known, Thinking};

/// Most tokens of an answer where neither the caller nor what is known of the model says: the API has to be told.
const MAX_TOKENS: u32 = 4_096;

/// The body, and what of the request is not in it.
pub(super) fn of(request: &Request, name: &str, options: &CallOptions) -> Result<(Value, Warnings)> {
    let mut warnings = options.warnings();
    let known = Known::of(name);
    let Conversation { system, turns } = Conversation::of(request)?;
    let mut body = Map::new();
    body.insert("model".to_owned(), name.into());
    let most = request.max_output_tokens.or(known.map(|known| known.output)).unwrap_or(MAX_TOKENS);
    body.insert("max_tokens".to_owned(), most.into());
    body.insert("stream".to_owned(), true.into());
    body.insert("messages".to_owned(), turns.iter().map(Turn::json).collect());
    if !system.is_empty() {
        body.insert("system".to_owned(), system.into());
    }
    if !request.tools.is_empty() {
        body.insert("tools".to_owned(), request.tools.iter().map(tool).collect::<Result<_>>()?);
        body.insert("tool_choice".to_owned(), tool_choice(&request.tool_choice));
    }
    if !request.stop.is_empty() {
        body.insert("stop_sequences".to_owned(), request.stop.as_slice().into());
    }
    if request.seed.is_some() {
        warnings.ignored("seed")?;
    }
    let mut output = Map::new();
    if let Some(mut schema) = request.answer_schema()? {
        schema::close(&mut schema);
        output.insert("format".to_owned(), json!({"type": "json_schema", "schema": schema}));
    }
    match known {
        Some(known) if known.adapts() => {
            if turns.last().is_some_and(|turn| turn.role == "assistant") {
                return Err(Failure::unsupported(["assistant-prefill"]));
            }
            thinking(&mut body, &mut output, request, known.thinking, options, &mut warnings)?;
        }
        _ => sampling(&mut body, request, &mut warnings)?,
    }
    if !output.is_empty() {
        body.insert("output_config".to_owned(), output.into());
    }
    Ok((Value::Object(body), warnings))
}

/// What a model that thinks as it finds right is told, which takes nothing of sampling.
fn thinking(
    body: &mut Map<String, Value>,
    output: &mut Map<String, Value>,
    request: &Request,
    thinking: Thinking,
    options: &CallOptions,
    warnings: &mut Warnings,
) -> Result<()> {
    for (is_set, name) in [(request.temperature.is_some(), "temperature"), (request.top_p.is_some(), "top-p")] {
        if is_set {
            warnings.ignored(name)?;
        }
    }
    let is_forced = matches!(request.tool_choice, ToolChoice::Required | ToolChoice::Named(_));
    if is_forced && !request.tools.is_empty() {
        if thinking == Thinking::Always {
            return Err(Failure::unsupported(["tool-choice"]));
        }
        // Who has to call a tool does not think first, and without thinking there is no effort to speak of.
        body.insert("thinking".to_owned(), json!({"type": "disabled"}));
        if options.get::<String>("reasoning-effort")?.is_some() {
            warnings.ignored("reasoning-effort")?;
        }
        return Ok(());
    }
    // Otherwise it thinks, and what it thinks is left out.
    body.insert("thinking".to_owned(), json!({"type": "adaptive", "display": "summarized"}));
    if let Some(effort) = options.get::<String>("reasoning-effort")? {
        output.insert("effort".to_owned(), effort.into());
    }
    Ok(())
}

/// What any other model is told, which takes one of the two.
fn sampling(body: &mut Map<String, Value>, request: &Request, warnings: &mut Warnings) -> Result<()> {
    if let Some(temperature) = request.temperature {
        if temperature > 1.0 {
            warnings.adjusted("temperature", "1")?;
        }
        body.insert("temperature".to_owned(), decimal(temperature.min(1.0)).into());
    }
    match request.top_p {
        Some(_) if request.temperature.is_some() => warnings.ignored("top-p"),
        Some(top_p) => {
            body.insert("top_p".to_owned(), decimal(top_p).into());
            Ok(())
        }
        None => Ok(()),
    }
}

/// What was said, as the API has it: rules apart, and nobody twice in a row.
#[derive(Default)]
struct Conversation {
    system: Vec<Value>,
    turns: Vec<Turn>,
}

struct Turn {
    role: &'static str,
    blocks: Vec<Value>,
}

impl Conversation {
    fn of(request: &Request) -> Result<Self> {
        let mut conversation = Self::default();
        for (index, message) in request.messages.iter().enumerate() {
            let blocks = blocks(message, index)?;
            match message.role {
                Role::System => conversation.system.extend(blocks),
                // What tools answered is said by the user there.
                Role::User | Role::Tool => conversation.say("user", blocks),
                Role::Assistant => conversation.say("assistant", blocks),
            }
        }
        Ok(conversation)
    }

    fn say(&mut self, role: &'static str, blocks: Vec<Value>) {
        match self.turns.last_mut() {
            _ if blocks.is_empty() => {}
            Some(turn) if turn.role == role => turn.blocks.extend(blocks),
            _ => self.turns.push(Turn { role, blocks }),
        }
    }
}

impl Turn {
    fn json(&self) -> Value {
        json!({"role": self.role, "content": self.blocks})
    }
}

fn blocks(message: &Message, place: usize) -> Result<Vec<Value>> {
    let mut blocks = Vec::with_capacity(message.parts.len());
    for (index, part) in message.parts.iter().enumerate() {
        blocks.push(match (part, message.role) {
            // The API refuses a text without a letter.
            (Part::Text(text), _) if text.trim().is_empty() => continue,
            (Part::Text(text), Role::System | Role::User | Role::Assistant) => json!({"type": "text", "text": text}),
            (Part::Media(media), Role::User) => block(media)?,
            (Part::Media(_), Role::Assistant | Role::System) => return Err(Failure::unsupported(["media"])),
            (Part::ToolCall(call), Role::Assistant) => tool_use(call)?,
            (Part::ToolResult(ToolResult { id, content, is_error }), Role::Tool) => {
                json!({"type": "tool_result", "tool_use_id": id, "content": content, "is_error": is_error})
            }
            _ => return Err(Failure::misplaced(place, index)),
        });
    }
    Ok(blocks)
}

fn block(media: &Media) -> Result<Value> {
    let media_type = media.media_type();
    let kind = match media_type.as_str() {
        picture if PICTURES.contains(&picture) => "image",
        DOCUMENT => "document",
        "text/plain" => {
            let text = String::from_utf8_lossy(&media.read_all()?).into_owned();
            let source = json!({"type": "text", "media_type": media_type, "data": text});
            return Ok(json!({"type": "document", "source": source}));
        }
        _ => return Err(Failure::unsupported(["media"])),
    };
    let source = json!({"type": "base64", "media_type": media_type, "data": media.to_base64()?});
    Ok(json!({"type": kind, "source": source}))
}

fn tool_use(call: &ToolCall) -> Result<Value> {
    let ToolCall { id, name, arguments } = call;
    // A call without arguments may have been kept as nothing at all.
    let arguments = if arguments.trim().is_empty() { "{}" } else { arguments };
    let input: Map<String, Value> = serde_json::from_str(arguments)
        .map_err(|error| Failure::invalid_input("tool-call.arguments", format!("no JSON object: {error}")))?;
    Ok(json!({"type": "tool_use", "id": id, "name": name, "input": input}))
}

fn tool(tool: &Tool) -> Result<Value> {
    Ok(json!({"name": tool.name, "description": tool.description, "input_schema": tool.schema()?}))
}

fn tool_choice(choice: &ToolChoice) -> Value {
    match choice {
        ToolChoice::Auto => json!({"type": "auto"}),
        ToolChoice::None => json!({"type": "none"}),
        ToolChoice::Required => json!({"type": "any"}),
        ToolChoice::Named(name) => json!({"type": "tool", "name": name}),
    }
}
