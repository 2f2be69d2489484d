import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Block, Document } from "../domain/document.ts";
import type { TemplateValues } from "../domain/template.ts";
import { toTemplates } from "./load.ts";
import { cleanValue } from "./printed.ts";
import { usualValues } from "./samples.ts";

const facts = { severity: "P1", service: "", teams: [] };
const tail = "\n\n<!-- timeline -->\n\n<!-- action-items -->\n";
const seed = Date.now() % 2 ** 31;

/** Renders a body and gives what stands before the two markers. */
function render(body: string, values: TemplateValues = usualValues): readonly Block[] {
  return renderPage(body, values).blocks.slice(0, -2);
}

function renderPage(body: string, values: TemplateValues): Document {
  const templates = toTemplates("templates", [{ file: "a.md", content: body + tail }]);
  return templates.select(facts).render(values);
}

function withIncident(incident: Partial<TemplateValues["incident"]>): TemplateValues {
  return { ...usualValues, incident: { ...usualValues.incident, ...incident } };
}

describe("Markdown becomes blocks:", () => {
  const a = [{ text: "a" }];
  const b = [{ text: "b" }];
  test.each<[string, string, readonly object[]]>([
    [
      "headings",
      "# a\n## b",
      [
        { type: "heading", level: 1, text: a },
        { type: "heading", level: 2, text: b },
      ],
    ],
    [
      "paragraphs, their soft breaks as spaces, hard ones as line ends",
      "a\nb\\\nc",
      [{ type: "paragraph", text: [{ text: "a b\nc" }] }],
    ],
    [
      "styles and links",
      "**a *b*** `c` [d](https://e.example)",
      [
        {
          type: "paragraph",
          text: [
            { text: "a ", bold: true },
            { text: "b", bold: true, italic: true },
            { text: " " },
            { text: "c", code: true },
            { text: " " },
            { text: "d", href: "https://e.example" },
          ],
        },
      ],
    ],
    [
      "lists in lists",
      "- a\n  1. b",
      [{ type: "bullet", text: a, children: [{ type: "number", text: b, children: [] }] }],
    ],
    [
      "to-dos",
      "- [ ] a\n- [x] b",
      [
        { type: "todo", checked: false, text: a },
        { type: "todo", checked: true, text: b },
      ],
    ],
    ["quotes", "> a\n>\n> b", [{ type: "quote", text: [{ text: "a\nb" }] }]],
    [
      "callouts",
      "> [!WARNING]\n> a\n>\n> - b",
      [
        {
          type: "callout",
          icon: "⚠️",
          text: a,
          children: [{ type: "bullet", text: b, children: [] }],
        },
      ],
    ],
    [
      "toggles in toggles",
      "<details>\n<summary>a</summary>\n\n<details><summary>b</summary>\n\na\n\n</details>\n</details>",
      [
        {
          type: "toggle",
          text: a,
          children: [{ type: "toggle", text: b, children: [{ type: "paragraph", text: a }] }],
        },
      ],
    ],
    [
      "code and dividers",
      "```sh\na\n```\n\n---",
      [{ type: "code", language: "sh", text: "a" }, { type: "divider" }],
    ],
    ["comments into nothing", "<!-- for us -->\n\na<!-- b -->", [{ type: "paragraph", text: a }]],
  ])("%s", (_, body, blocks) => {
    expect(render(body)).toEqual(blocks);
  });
});

test("the page keeps the timeline in its place and the action items at its end", () => {
  expect(renderPage("a", usualValues).blocks.map(({ type }) => type)).toEqual([
    "paragraph",
    "timeline",
    "action-items",
  ]);
});

test("a link goes to the incident's address, and nowhere if that is none", () => {
  const body = "[a]({{ incident.url }})";
  const { url } = usualValues.incident;
  expect(render(body)).toEqual([{ type: "paragraph", text: [{ text: "a", href: url }] }]);
  const plain = [{ type: "paragraph", text: [{ text: "a" }] }];
  for (const bad of [
    "",
    "javascript:alert(1)",
    "http://a.example",
    "https://a b",
    "https://u:p@a.example",
  ]) {
    expect(render(body, withIncident({ url: bad }))).toEqual(plain);
  }
});

test("conditions, filters and loops see the values themselves", () => {
  const body = [
    "{% if incident.title == '**x**' %}seen{% else %}not seen{% endif %}",
    "{% assign shouted = incident.title | upcase | append: '_y_' %}{{ shouted }}",
    "{{ incident.teams | join: ' _and_ ' }} {{ incident.teams }} {{ incident.teams.size | plus: 1 }}",
    "{% for team in incident.teams %}{{ forloop.index }}{{ team }} {% endfor %}",
  ].join("\n\n");
  const texts = render(body, withIncident({ title: "**x**", teams: ["*a*", "*b*"] }));
  expect(texts.map((block) => ("text" in block ? block.text : ""))).toEqual([
    [{ text: "seen" }],
    [{ text: "**X**_y_" }],
    [{ text: "*a* _and_ *b* *a*, *b* 3" }],
    [{ text: "1*a* 2*b*" }],
  ]);
});

test("an incident with more entries than any page can show still gets its page", () => {
  const alerts = Array.from({ length: 10_000 }, () => ({ summary: "a", source: "", at: "" }));
  expect(render("{{ incident.alerts.size }}", withIncident({ alerts }))).toEqual([
    { type: "paragraph", text: [{ text: "50" }] },
  ]);
});

test.each([
  ["line ends become spaces", "a\r\n\n b\u2028c\td", "a  b c d"],
  ["control characters go", "a\u0000\u001b[31mb\u009f", "a[31mb"],
  ["nothing turns the writing direction", "a\u202Eb\u2066c\u200F", "abc"],
  ["half characters are replaced", "a\ud800b", "a\ufffdb"],
  ["long texts are cut between characters", "😀".repeat(3000), `${"😀".repeat(1999)}…`],
  ["Markdown and HTML stay as they are", "**a** <b> {{ c }} &lt;", "**a** <b> {{ c }} &lt;"],
])("in values %s", (_, value, cleaned) => {
  expect(cleanValue(value)).toBe(cleaned);
});

/** Every place where a value can stand. */
const everyPlace = `# {{ incident.title }}

{{ incident.title }}

{{ incident.title }} a **{{ incident.lead }}** *{{ incident.title }}b* \`{{ incident.title }}\`
{{ incident.lead }}
{{ incident.title }}

- {{ incident.title }}
  - {{ incident.lead }}
- [ ] {{ incident.title }}

1. {{ incident.title }}

> {{ incident.title }}

> [!NOTE]
> {{ incident.title }}
>
> {{ incident.lead }}

<details>
<summary>{{ incident.title }}</summary>

{{ incident.title }}

</details>

\`\`\`
{{ incident.title }}
\`\`\`

[{{ incident.title }}]({{ incident.url }}) [a](https://b.example)

{% assign both = incident.title | append: incident.lead %}
{{ both }}

{% for alert in incident.alerts limit: 10 -%}
- {{ alert.at }} {{ alert.summary }}: {{ alert.source }}
{% endfor %}

{{ incident.responders | join: incident.title }}
{{ incident.responders }}

<!-- {{ incident.title }} -->`;

const pieces = fc.constantFrom(
  ..."**|_|# |## |- |- [ ] |1. |> |> [!NOTE]\n|```\n|`|~~~|---|\n\n|\n|\r\n|\t|    |\\|<details>|</details>".split(
    "|",
  ),
  ..."<summary>~</summary>~<!-- timeline -->~<!-- action-items -->~-->~<!--~<b>~</script>~&lt;~&#x41;~|~| a |\n|---|".split(
    "~",
  ),
  ..."{{ incident.id }}~{% raw %}~{% endraw %}~{%~%}~{{~}}~[a](https://evil.example)~![a](b)~[a]: https://evil.example".split(
    "~",
  ),
  ..."https://evil.example~@channel~\uE0000\uE001~\uE0001\uE001~\uE000~\uE001~\u0000~\u001b~\u202E~\ud800~😀~$&~$1".split(
    "~",
  ),
);
const text = fc
  .array(fc.oneof({ weight: 3, arbitrary: pieces }, fc.string({ unit: "binary" })), {
    maxLength: 8,
  })
  .map((parts) => parts.join(""));

/** A document without its words: types, levels, styles and the addresses of links. */
function structureOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(structureOf);
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => {
        const isWords = key === "text" && typeof each === "string";
        return [key, isWords ? "" : structureOf(each)];
      }),
    );
  }
  return value;
}

function typesOf(blocks: readonly Block[]): unknown[] {
  return blocks.map((block) => [block.type, "children" in block ? typesOf(block.children) : []]);
}

function textsOf(blocks: readonly Block[]): string[] {
  return blocks.flatMap((block) => {
    const own = "text" in block ? block.text : "";
    const written = typeof own === "string" ? own : own.map((span) => span.text).join("");
    return [written, ...("children" in block ? textsOf(block.children) : [])];
  });
}

function valuesOf(texts: readonly [string, string, string, string]): TemplateValues {
  const [title, lead, summary, responder] = texts;
  return withIncident({
    title,
    lead,
    alerts: [
      { summary, source: lead, at: title },
      { summary: title, source: summary, at: lead },
    ],
    responders: [responder, title],
  });
}

test(`no value changes the structure of a page, and each is there to read (seed ${seed})`, () => {
  const template = toTemplates("templates", [{ file: "a.md", content: everyPlace + tail }]).select(
    facts,
  );
  const harmless = structureOf(template.render(valuesOf(["a", "b", "c", "d"])).blocks);
  // A value that is empty once cleaned leaves no span behind; that is no structure either.
  const visible = text.filter((each) => cleanValue(each) !== "");
  fc.assert(
    fc.property(fc.tuple(visible, visible, visible, visible), (texts) => {
      const { blocks } = template.render(valuesOf(texts));
      expect(structureOf(blocks)).toEqual(harmless);
      const [title, lead, summary, responder] = texts.map(cleanValue);
      const written = textsOf(blocks);
      expect(written[0]).toBe(title);
      expect(written).toContain(`${title} a ${lead} ${title}b ${title} ${lead} ${title}`);
      expect(written).toContain(`${title} ${summary}: ${lead}`);
      expect(written.at(-3)).toContain(responder);
    }),
    { seed, numRuns: 300 },
  );
});

test(`empty values leave every block in its place (seed ${seed})`, () => {
  const template = toTemplates("templates", [{ file: "a.md", content: everyPlace + tail }]).select(
    facts,
  );
  const harmless = typesOf(template.render(valuesOf(["a", "b", "c", "d"])).blocks);
  fc.assert(
    fc.property(fc.tuple(text, text, text, text), (texts) => {
      expect(typesOf(template.render(valuesOf(texts)).blocks)).toEqual(harmless);
    }),
    { seed, numRuns: 100, examples: [[["", "", "", ""]], [[" ", "\n", "\u0000", "\t"]]] },
  );
});
