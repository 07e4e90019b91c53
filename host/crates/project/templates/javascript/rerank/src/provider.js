// Orders documents by how many words they share with the query.

import { defineProvider } from "@palisade/guest";

const words = (text) => new Set(text.toLowerCase().split(/\s+/));

export default defineProvider({
  name: "my-provider",
  summary: "Orders documents by how many words they share with the query.",
  models: [{ id: "overlap", prices: [] }],

  rerank({ query, documents, topN }) {
    const wanted = words(query);
    const ranking = documents.map((text, index) => ({ index, score: [...words(text)].filter((word) => wanted.has(word)).length }));
    ranking.sort((left, right) => right.score - left.score);
    return { ranking: ranking.slice(0, topN ?? ranking.length) };
  },
});
