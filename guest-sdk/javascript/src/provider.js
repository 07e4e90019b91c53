// What an author says: the provider and the functions of its capabilities.

// The capabilities, by the names that an author gives them, and their interfaces.
export const CAPABILITIES = {
  chat: "chat",
  embedding: "embedding",
  rerank: "rerank",
  moderation: "moderation",
  textToImage: "text-to-image",
  textToSpeech: "text-to-speech",
  imageToText: "image-to-text",
  speechToText: "speech-to-text",
  imageEdit: "image-edit",
  imageUpscale: "image-upscale",
  textToVideo: "text-to-video",
  imageToVideo: "image-to-video",
  textToImageJob: "text-to-image-job",
  jobs: "jobs",
  custom: "custom",
};

// Those whose work is jobs.
const SUBMITTING = ["textToVideo", "imageToVideo", "textToImageJob"];

const SETTINGS = [
  "name", "version", "summary", "models", "credentialNames", "hosts", "configSchema", "billsOnFailure", "idempotent",
  "cancellation", "resumes", "listModels", "parameters", "checkHealth",
];

export class Provider {
  constructor(definition) {
    const known = [...SETTINGS, ...Object.keys(CAPABILITIES)];
    const unknown = Object.keys(definition).filter((key) => !known.includes(key));
    if (unknown.length) throw new TypeError(`unknown: ${unknown.join(", ")} (known: ${known.join(", ")})`);
    if (!definition.name) throw new TypeError("a provider has a name");
    this.definition = definition;
    this.capabilities = Object.keys(CAPABILITIES).filter((key) => definition[key]);
    if (!this.capabilities.length) {
      throw new TypeError(`a provider serves something: one of ${Object.keys(CAPABILITIES).join(", ")}`);
    }
    const submitting = SUBMITTING.filter((key) => definition[key]);
    if (submitting.length && !definition.jobs) throw new TypeError(`${submitting[0]} is asked after by jobs: { poll(ticket) { ... } }`);
    this.interfaces = this.capabilities.map((key) => CAPABILITIES[key]);
  }
}

export const defineProvider = (definition) => new Provider(definition);
