// Swagger UI on this server's own description; nothing is asked of any other server.
"use strict";

const INVITATION = "Open an operation and press Execute: it answers with real data.";
const INVITATION_FR = "Une initiative à proposer ? Ouvrez POST /initiatives : aucun compte n’est nécessaire.";

// Three components of Swagger UI put otherwise, by its plugin API.
const ours = ({ React: { createElement: h } }) => ({
  wrapComponents: {
    // Upstream puts a link inside the button that opens an operation: two controls that nobody can tell apart.
    DeepLink: () => ({ text }) => h("span", null, text),
    // There is one server to ask, this one: what to do here takes the place of the choice.
    ServersContainer: () => () =>
      h("div", { className: "invitation" }, h("p", null, INVITATION), h("p", { lang: "fr" }, INVITATION_FR)),
    // Every error is the same document: to draw it once, under "default", is shorter to read and quicker to open.
    response: (Original) => (props) =>
      h(Original, /^[45]/.test(props.code) ? { ...props, response: props.response.delete("content") } : props),
  },
});

// What upstream leaves without a name or a role: a screen reader would say "edit text", "combo box" and no more.
const parameter = (control) => ({ "aria-label": control.closest("tr").dataset.paramName });
const scrolling = (name) => ({ role: "region", "aria-label": name, tabindex: "0" });
const ATTRIBUTES = {
  "tr[data-param-name] :is(input, select, textarea)": parameter,
  ".body-param__text": () => ({ "aria-label": "Request body" }),
  ".examples-select-element": () => ({ "aria-label": "Example" }),
  ".response-controls select": () => ({ "aria-label": "Media type" }),
  ".modal-ux": () => ({ role: "dialog", "aria-modal": "true", "aria-label": "Authorize" }),
  ".modal-ux .close-modal": () => ({ "aria-label": "Close" }),
  ".auth-btn-wrapper button": (button) => ({ "aria-label": button.textContent }),
  ".json-schema-2020-12-accordion": (button) => ({ "aria-label": button.textContent || "Schema" }),
  ".highlight-code > pre": () => scrolling("Example"),
  ".live-responses-table .highlight-code > pre": () => scrolling("Response body"),
  "pre.curl": () => scrolling("Curl"),
};

function describe(root) {
  for (const [selector, attributes] of Object.entries(ATTRIBUTES)) {
    for (const element of root.querySelectorAll(selector)) {
      for (const [name, value] of Object.entries(attributes(element))) element.setAttribute(name, value);
    }
  }
}

const root = document.querySelector("#docs");
// Swagger UI draws again at every step; attributes are not watched, so that ours start no new round.
new MutationObserver(() => describe(root)).observe(root, { childList: true, subtree: true });

// An answer appears below the button that asked for it: whoever does not see it hears its status.
const answer = document.querySelector("#answer");
const DESCRIPTION = "openapi.json";
function told(text, message) {
  if (!message.url.endsWith(DESCRIPTION)) answer.textContent = text;
  return message;
}

SwaggerUIBundle({
  domNode: root,
  url: DESCRIPTION,
  plugins: [ours],
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  syntaxHighlight: { theme: "obsidian" }, // the default's numbers are too pale
  // Who explores sees the present, and what was just published, not what the browser kept.
  requestInterceptor: (request) => told("", Object.assign(request, { cache: "no-cache" })),
  responseInterceptor: (response) => told(`Answer: ${response.status}`, response),
});
