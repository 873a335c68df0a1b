// Reads cases, proposes one and follows it, with openapi-fetch and the types that openapi-typescript makes.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Case = components["schemas"]["InitiativeDocument"];

const api = createClient<paths>({ baseUrl: "http://127.0.0.1:8000/v1" });

/** All that a list has, page after page. */
async function* everyCase(territory: string): AsyncGenerator<Case> {
  const query: { territory: string[]; limit: number; cursor?: string | null } = { territory: [territory], limit: 3 };
  do {
    const { data, error } = await api.GET("/initiatives", { params: { query } });
    if (!data) throw new Error(error?.detail);
    yield* data.items;
    query.cursor = data.next;
  } while (query.cursor);
}

for await (const found of everyCase("be")) {
  console.log(found.id, found.progress, found.started_on);
}

const initiative = "genk-vennestraat";
const one = await api.GET("/initiatives/{initiative}", { params: { path: { initiative } } });
console.log(one.data?.title, ...(one.data?.sources ?? []).map((source) => source.url));

const refused = await api.POST("/initiatives", {
  params: { header: { "Accept-Language": "fr" } },
  body: { title: "Un four à pain communal", themes: ["patrimoine"] },
});
console.log(refused.error?.status, refused.error?.detail);
for (const mistake of refused.error?.errors ?? []) {
  console.log(mistake.pointer, "-", mistake.detail);
}

const { data: receipt, error } = await api.POST("/initiatives", {
  body: {
    title: "Un four à pain communal",
    summary: "Les habitants ont remis en service le four du village.",
    territories: [{ territory: "insee:81004" }],
    progress: "running",
  },
});
if (!receipt || !("edit_token" in receipt)) throw new Error(error?.detail);
console.log(receipt.state, "- it may still tell:", ...receipt.completeness.missing.map((missing) => missing.field));

// Only the receipt holds the edit token: keep it.
const headers = { Authorization: `Bearer ${receipt.edit_token}` };
const path = { submission: receipt.id };
await api.PATCH("/submissions/{submission}", {
  params: { path, header: { "If-Match": `"${receipt.version}"` } },
  headers: { ...headers, "Content-Type": "application/merge-patch+json" },
  body: { started_on: "2025-03" },
});
const followed = await api.GET("/submissions/{submission}", { params: { path }, headers });
console.log(followed.data?.state, followed.data?.version, followed.data?.draft.started_on);
