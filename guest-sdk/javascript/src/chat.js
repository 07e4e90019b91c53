// Requests and answers of the capability `chat`.

// A request with all that an author may read of it. For tests: `chatRequest("hello")`.
export function chatRequest(request) {
  const given = typeof request === "string" ? { messages: [{ role: "user", parts: [request] }] } : request;
  const plain = {
    tools: [], toolChoice: "auto", temperature: null, topP: null, maxOutputTokens: null, stop: [], seed: null, responseSchema: null,
  };
  const whole = { ...plain, ...given };
  const last = whole.messages.findLast((message) => message.role === "user");
  const texts = (last?.parts ?? []).filter((part) => typeof part === "string");
  return { ...whole, prompt: texts.join("\n") };
}

// The pieces of an answer, up to exactly one `finish`.
export function* chatEvents(reply) {
  let length = 0;
  for (const event of typeof reply === "string" ? [reply] : reply) {
    if (event?.type === "finish") {
      yield { reason: "stop", warnings: [], usage: { items: { character: length } }, ...event };
      return;
    }
    if (typeof event === "string") length += [...event].length;
    yield event;
  }
  yield { type: "finish", reason: "stop", warnings: [], usage: { items: { character: length } } };
}
