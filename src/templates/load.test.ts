import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TerminalError } from "../domain/errors.ts";
import { loadTemplates, toTemplates } from "./load.ts";

/** Seven lines that make any body a complete template. */
const tail = "\n\n<!-- timeline -->\n\n## Action items\n\n<!-- action-items -->\n";

function problemsOf(sources: Readonly<Record<string, string>>): string[] {
  const files = Object.entries(sources).map(([file, content]) => ({ file, content }));
  try {
    toTemplates("templates", files);
  } catch (error) {
    if (error instanceof TerminalError && error.code === "TEMPLATE_INVALID") {
      return error.message.split("\n").slice(1);
    }
    throw error;
  }
  return [];
}

/** What is wrong with a body whose first line is line 3 of its file. */
function problemsIn(body: string): string[] {
  return problemsOf({ "full.md": `# One\n\n${body}${tail}` });
}

describe("a template is refused at start, with file, line and what is known instead, for", () => {
  const knownHtml =
    "<details><summary>…</summary> … </details>, <!-- timeline -->, <!-- action-items -->, other comments (left out)";
  const knownIncident =
    "incident.title, incident.id, incident.url, incident.teams, incident.started, incident.number, incident.lead, incident.service, incident.urgency, incident.alerts, incident.changes, incident.severity, incident.responders, incident.escalation_policy";
  const onlyUrl = "the only value a link can go to is {{ incident.url }}, alone";
  test.each([
    [
      "an unknown variable",
      "{{ incident.titel }}",
      `3: unknown variable "incident.titel"; known: ${knownIncident}`,
    ],
    [
      "an unknown field in a loop",
      "{% for a in incident.alerts %}\n{{ a.sumary }}{% endfor %}",
      '4: unknown variable "a.sumary"; known: a.summary, a.source, a.at',
    ],
    [
      "an unknown field in a filter",
      "{{ incident.alerts | map: 'sumary' }}",
      '3: unknown field "sumary" for the filter "map"; known: summary, source, at',
    ],
    [
      "a variable that may not be set",
      "{% if incident.lead != '' %}{% assign x = 1 %}{% endif %}{{ x }}",
      '3: "x" exists only inside of the tag that sets it; assign it before that tag',
    ],
    [
      "a variable of ours assigned",
      "{% assign incident = 1 %}",
      `3: "incident" is Debrief's; assign to another name`,
    ],
    [
      "a list printed whole",
      "{{ incident.alerts }}",
      '3: "incident.alerts" is a list of entries with fields; print them in a {% for %}',
    ],
    [
      "a loop over a text",
      "{% for a in incident.title %}{% endfor %}",
      "3: {% for %} needs a list; lists: incident.teams, incident.alerts, incident.changes, incident.responders",
    ],
    [
      "an entry that may not exist",
      "{{ incident.alerts[0].summary }}",
      "3: incident.alerts.0 is read where it does not exist; test the size of its list with {% if %} first (with 0 responders, alerts and changes)",
    ],
    [
      "an entry whose test is wrong by one",
      "{% if incident.alerts.size > 0 %}{{ incident.alerts[1].summary }}{% endif %}",
      "3: incident.alerts.1 is read where it does not exist; test the size of its list with {% if %} first (with 1 responders, alerts and changes)",
    ],
    [
      "raw",
      "{% raw %}{{ incident.title }}{% endraw %}",
      '3: unknown tag "raw"; known: break, case, for, if, assign, unless, comment, continue',
    ],
    [
      "another file",
      "{% render 'a' %}",
      '3: unknown tag "render"; known: break, case, for, unless, assign, comment, if, continue',
    ],
    [
      "captured output",
      "{% capture x %}a{% endcapture %}",
      '3: unknown tag "capture"; known: case, continue, assign, comment, for, break, if, unless',
    ],
    [
      "an unclosed tag",
      "a\n{% if incident.title %}b",
      '4: "{% if incident.title %}" is never closed',
    ],
    ["an unclosed output", "{{ incident.title", '3: "{{ incident.title" is never closed'],
    [
      "a closing tag alone",
      "{% endif %}",
      "3: {% endif %} stands outside of the tag that it belongs to",
    ],
    [
      "a table",
      "a\n\n| a | b |\n|---|---|\n| 1 | 2 |",
      "6: tables can't be used; use a list, or <!-- timeline --> for the timeline",
    ],
    [
      "an image",
      "![a](https://a.example/b.png)",
      "3: images can't be used; link to the picture instead: [text](https://…)",
    ],
    [
      "an image in a branch that no sample takes",
      "{% if incident.severity == 'P9' %}\n![a](https://a.example)\n{% endif %}",
      "4: images can't be used; link to the picture instead: [text](https://…)",
    ],
    ["HTML", "<table>", `3: HTML can't be used: "<table>"; known: ${knownHtml}`],
    ["HTML inside of text", "a <br>", `3: HTML can't be used: "<br>"; known: ${knownHtml}`],
    [
      "text struck through",
      "~~a~~",
      "3: text struck through with ~~ can't be used; known: **bold**, *italic*, `code`",
    ],
    [
      "a link to a value",
      "[a]({{ incident.title }})",
      `3: a link can't go to "{{ incident.title }}"; ${onlyUrl}`,
    ],
    [
      "a link with a value in it",
      "[a](https://b.example/{{ incident.id }})",
      `3: a link can't go to "https://b.example/{{ incident.id }}"; ${onlyUrl}`,
    ],
    [
      "a link to the filtered address",
      "[a]({{ incident.url | upcase }})",
      `3: a link can't go to "{{ incident.url | upcase }}"; ${onlyUrl}`,
    ],
    [
      "a link without TLS",
      "[a](http://b.example)",
      `3: a link can't go to "http://b.example"; links start with https://`,
    ],
    [
      "a link to a script",
      "[a](javascript:b)",
      `3: a link can't go to "javascript:b"; links start with https://`,
    ],
    ["a deep heading", "#### a", "3: a heading of level 4 can't be used; known: #, ##, ###"],
    [
      "deep lists",
      "- a\n  - b\n    - c\n      - d",
      "6: this is nested too deep; at most 2 levels fit below the top one",
    ],
    [
      "code by accident",
      "    a",
      "3: four spaces in front make this code; take them away, or put ``` around it",
    ],
    [
      "a value as a language",
      "```{{ incident.id }}\n```",
      `3: the language of code can't be "{{ incident.id }}", a value`,
    ],
    [
      "an unknown callout",
      "> [!NOTICE]\n> a",
      '3: unknown callout "[!NOTICE]"; known: [!NOTE], [!TIP], [!IMPORTANT], [!WARNING], [!CAUTION]',
    ],
    [
      "a callout on one line",
      "> [!NOTE] a",
      "3: the text of a callout begins on the line after [!NOTE]",
    ],
    [
      "a list in a quote",
      "> - a",
      "3: a quote holds text only; what holds more: > [!NOTE], > [!TIP], > [!IMPORTANT], > [!WARNING], > [!CAUTION]",
    ],
    [
      "a nested to-do",
      "- [ ] a\n  - b",
      "3: a to-do can't have anything nested in it; use a list without boxes",
    ],
    ["details with a closing too many", "</details>", "3: </details> closes nothing"],
    [
      "details without a blank line",
      "<details>\n<summary>a</summary>\nb\n\n</details>",
      "5: a blank line is missing between the HTML above and this text",
    ],
    [
      "a comment without an end",
      "<!-- a",
      "3: the comment that begins here is never closed by -->",
    ],
    [
      "a misspelled marker",
      "<!-- action items -->",
      '3: unknown marker "action items"; known: <!-- timeline -->, <!-- action-items -->',
    ],
    [
      "a second marker",
      "<!-- timeline -->",
      "5: <!-- timeline --> stands here again; first on line 3",
    ],
    [
      "a marker inside of text",
      "a <!-- timeline -->",
      "3: <!-- timeline --> needs a line of its own, with blank lines around it",
    ],
    [
      "too many blocks for a page",
      "{% for a in incident.alerts %}\n- {{ a.at }}\n- {{ a.source }}\n{% endfor %}",
      "4: the page has 104 top-level blocks with 50 responders, alerts and changes; at most 95 fit; if it grows here, give its loop a limit: {% for alert in incident.alerts limit: 10 %}",
    ],
    [
      "what tokens are made of",
      "&#xE000;0&#xE001;",
      "3: the characters U+E000 and U+E001 can't be used",
    ],
  ])("%s", (_, body, problem) => {
    expect(problemsIn(body)[0]).toBe(`templates/full.md:${problem}`);
  });

  test.each([
    [
      "no timeline",
      "# A\n\n<!-- action-items -->",
      "3: the marker <!-- timeline --> is missing; it needs a line of its own",
    ],
    [
      "no action items",
      "# A\n\n<!-- timeline -->",
      "3: the marker <!-- action-items --> is missing; it needs a line of its own",
    ],
    [
      "action items before the end",
      "<!-- timeline -->\n\n<!-- action-items -->\n\n## More",
      "5: action items come last; nothing can follow <!-- action-items -->",
    ],
    [
      "a marker in a condition",
      "{% if incident.lead != '' %}\n<!-- timeline -->\n{% endif %}\n\n<!-- action-items -->",
      "2: <!-- timeline --> can't stand inside of a Liquid tag; each page needs it",
    ],
    [
      "a marker in a toggle",
      "<details>\n<summary>a</summary>\n\n<!-- timeline -->\n\n</details>\n\n<!-- action-items -->",
      "4: <!-- timeline --> can't stand inside of another block",
    ],
    [
      "an unknown key",
      `---\nname: A\nicno: 📋\n---${tail}`,
      '3: unknown key "icno"; known: icon, name, when, description',
    ],
    [
      "an unknown condition",
      `---\nwhen:\n  severty: P1\n---${tail}`,
      '3: unknown key "severty" in "when"; known: severity, service, team',
    ],
    [
      "an empty condition",
      `---\nwhen:\n---${tail}`,
      '2: "when" needs severity, service, team below it; a template for all the rest has no "when"',
    ],
    [
      "a condition that is no name",
      `---\nwhen:\n  team: [{ a: b }]\n---${tail}`,
      '3: "team" in "when" needs a name or a list of names, such as [P1, P2]',
    ],
    [
      "an icon that is none",
      `---\nicon: note\n---${tail}`,
      '2: "icon" needs one emoji, such as 📋; found "note"',
    ],
    [
      "front matter without an end",
      `---\nname: A${tail}`,
      "1: the front matter that begins here is never closed by a line ---",
    ],
    [
      "broken YAML",
      `---\nname: A\nname: B\n---${tail}`,
      "3: the front matter is not valid YAML: Map keys must be unique",
    ],
  ])("%s", (_, content, problem) => {
    expect(problemsOf({ "full.md": content })).toContain(`templates/full.md:${problem}`);
  });
});

test("all problems of all files are listed at once, by file and line", () => {
  const problems = problemsOf({
    "b.md": `---\nwhen:\n  team: X\n---\n{{ nothing }}${tail}`,
    "a.md": `{{ incident.title | upcas }}\n\n#### b\n\n{% if incident.x %}{% endif %}${tail}`,
  });
  expect(problems.map((line) => line.split(";")[0])).toEqual([
    'templates/a.md:1: unknown filter "upcas"',
    "templates/a.md:3: a heading of level 4 can't be used",
    'templates/a.md:5: unknown variable "incident.x"',
    'templates/b.md:5: unknown variable "nothing"',
  ]);
});

test("line numbers hold with front matter, with Windows line ends and behind trimmed tags", () => {
  const content = `---\nname: A\n---\n\n{%- if incident.lead != "" -%}\n\na\n{%- endif %}\n\n#### b${tail}`;
  const problem = "templates/full.md:10: a heading of level 4 can't be used; known: #, ##, ###";
  expect(problemsOf({ "full.md": content })).toEqual([problem]);
  expect(problemsOf({ "full.md": content.replaceAll("\n", "\r\n") })).toEqual([problem]);
});

test("one default template is needed, and no two templates may be for the same incidents", () => {
  const onlyP1 = `---\nwhen:\n  severity: P1\n---${tail}`;
  const alsoP1 = `---\nname: B\nwhen: { severity: [p1, P1] }\n---${tail}`;
  expect(problemsOf({ "a.md": onlyP1 })).toEqual([
    'templates: no default template; one file in templates/ must have no "when"',
  ]);
  expect(problemsOf({})).toHaveLength(1);
  expect(problemsOf({ "a.md": tail, "b.md": tail })).toEqual([
    'templates/b.md:1: it has no "when", like a.md: which of them to use?',
  ]);
  expect(problemsOf({ "a.md": tail, "b.md": onlyP1, "c.md": alsoP1 })).toEqual([
    'templates/c.md:3: it has the same "when" as b.md: which of them to use?',
  ]);
});

test("the most specific template is chosen, and the choice explained", () => {
  function templateFor(when: string): string {
    return `---\nwhen: ${when}\n---${tail}`;
  }
  const templates = toTemplates("templates", [
    { file: "default.md", content: tail },
    { file: "team.md", content: templateFor("{ team: [Payments, Search] }") },
    { file: "service.md", content: templateFor("{ service: Checkout }") },
    { file: "severity.md", content: templateFor("{ severity: p1 }") },
    { file: "severity-two.md", content: templateFor("{ severity: [P2, P1] }") },
    { file: "pair.md", content: templateFor("{ team: Payments, service: Checkout }") },
  ]);
  const nothing = { severity: "", service: "", teams: [] };
  const explained = [
    nothing,
    { severity: "P3", service: "CHECKOUT", teams: ["x"] },
    { severity: "P1", service: "Checkout", teams: ["Search"] },
    { severity: "P2", service: "Checkout", teams: [] },
    { severity: "P1", service: "checkout", teams: ["x", "payments"] },
    { severity: "P3", service: "x", teams: ["search"] },
  ].map((facts) => templates.explain(facts));
  expect(explained).toEqual([
    "default.md: no other template's when matches",
    "service.md: service is CHECKOUT",
    "severity-two.md: severity is P1",
    "severity-two.md: severity is P2",
    "pair.md: service is checkout and team is payments",
    "team.md: team is search",
  ]);
  expect(templates.select(nothing)).toMatchObject({ name: "default", icon: "📋" });
});

test("a folder is read file by file, and what is not Markdown is left alone", async () => {
  const dir = await mkdtemp(join(tmpdir(), "templates-"));
  try {
    await writeFile(join(dir, "all.md"), `---\nname: All\nicon: 🌍\n---${tail}`);
    await writeFile(join(dir, "notes.txt"), "{{ nothing }}");
    await mkdir(join(dir, "old"));
    const templates = await loadTemplates(dir);
    expect(templates.files).toEqual(["all.md"]);
    const facts = { severity: "P1", service: "", teams: [] };
    expect(templates.select(facts)).toMatchObject({ name: "All", icon: "🌍", file: "all.md" });
  } finally {
    await rm(dir, { recursive: true });
  }
  await expect(loadTemplates(dir)).rejects.toMatchObject({ code: "TEMPLATE_INVALID" });
});
