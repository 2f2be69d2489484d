/** What is wrong with routes and with what they say of Jira is said at once, each with its line and what to do. */

import { describe, expect, it } from "vitest";
import { jiraVariables, problemsOfYaml } from "../../test/support/configuration.ts";

const one = "11111111-1111-4111-8111-111111111111";
const two = "22222222-2222-4222-8222-222222222222";
const three = "33333333-3333-4333-8333-333333333333";
const four = "44444444-4444-4444-8444-444444444444";

function problemsOfLines(lines: readonly string[], env = jiraVariables): string[] {
  return problemsOfYaml(`${lines.join("\n")}\n`, env);
}

/** A route, whose lines begin at line 4. */
function inRoute(...lines: readonly string[]): string[] {
  return ["routes:", "  - name: a", "    when: { team: t }", ...lines.map((line) => `    ${line}`)];
}

/** A route's jira, whose lines begin at line 5. */
function inJira(...lines: readonly string[]): string[] {
  return inRoute("jira:", ...lines.map((line) => `  ${line}`));
}

describe("a route is refused", () => {
  it.each([
    ["without a name", ["routes:", "  - when: { team: t }"], "line 2: routes.0.name: "],
    [
      "with a key that is nearly right",
      inRoute("skipp: true"),
      'line 4: the key "skipp" is not known in routes.0; did you mean skip',
    ],
    [
      "with an unknown condition",
      ["routes:", "  - name: a", "    when: { priority: P1 }"],
      'line 3: the key "priority" is not known in routes.0.when; known are service, team',
    ],
    [
      "with a condition that names nothing",
      ["routes:", "  - name: a", "    when: { team: [] }"],
      "line 3: routes.0.when.team: must name at least one",
    ],
    [
      "with a template outside the folder",
      inRoute("template: ../short.md"),
      "line 4: routes.0.template: must be the name of a file in the templates' folder",
    ],
    [
      "with a template of another kind",
      inRoute("template: short"),
      "line 4: routes.0.template: must be the name of a file",
    ],
    [
      "with half a pair of data sources",
      inRoute(`notion: { post_mortems: ${three} }`),
      "line 4: routes.0.notion.action_items: ",
    ],
    [
      "with an address in place of an id",
      inRoute("notion:", "  post_mortems: https://notion.so/x", `  action_items: ${four}`),
      "line 5: routes.0.notion.post_mortems: must be the id of a Notion data source",
    ],
    [
      "with an id that YAML reads as a number",
      inRoute("notion:", `  post_mortems: ${"1".repeat(32)}`, `  action_items: ${four}`),
      "line 5: routes.0.notion.post_mortems: must be text; put it into quotes",
    ],
    [
      "with one data source in both parts",
      inRoute(`notion: { post_mortems: ${three}, action_items: "${three.replaceAll("-", "")}" }`),
      "line 4: routes.0.notion: post_mortems and action_items are the same",
    ],
    [
      "with a data source that has the other part in the environment",
      inRoute(`notion: { post_mortems: ${two}, action_items: ${four} }`),
      "line 4: routes.0.notion has a data source in one part that has the other part in the NOTION_ variables",
    ],
    [
      "with the action items of other post-mortems",
      inRoute(`notion: { post_mortems: ${three}, action_items: ${two} }`),
      "line 4: routes.0.notion has the action_items of the NOTION_ variables with other post_mortems",
    ],
    [
      "that is skipped and has more to say",
      inRoute("template: short.md", "skip: true", "jira: { labels: [x] }"),
      "line 5: routes.0.skip leaves no use for template and jira",
    ],
    [
      "with a project key that is none",
      inJira("project: pay"),
      'line 5: routes.0.jira.project: must be a project\'s key, capital letters, digits and _ such as OPS, not "pay"',
    ],
  ])("%s", (_, lines, said) => {
    const problems = problemsOfLines(lines);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(said);
  });

  it.each([
    [
      "behind one without conditions",
      ["  - name: all", "  - { name: b, when: { team: t } }"],
      "line 3: routes.1 can never match, as routes.0 (all) comes before it and has no conditions (when); put that one last",
    ],
    [
      "behind one that takes all of it",
      [
        "  - { name: wide, when: { team: [T, u] } }",
        "  - { name: b, when: { team: t, service: s } }",
      ],
      "line 3: routes.1 can never match, as routes.0 (wide) comes before it and matches all that it does",
    ],
    [
      "with the name of another",
      ["  - { name: a, when: { team: t } }", "  - name: A", "    when: { team: u }"],
      "line 3: routes.1.name is the name of routes.0 too",
    ],
    [
      "with the name of the one behind all",
      ["  - { name: Default, when: { team: t } }"],
      "line 2: routes.0.name is kept for the route behind all others",
    ],
  ])("%s", (_, lines, said) => {
    const problems = problemsOfLines(["routes:", ...lines]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(said);
  });

  it("not for narrower conditions before wider ones, nor for a team beside a service", () => {
    const routes = [
      "  - { name: a, when: { team: t, service: s } }",
      "  - { name: b, when: { team: [t, u] } }",
      "  - { name: c, when: { service: s } }",
      "  - { name: rest, skip: true }",
    ];
    expect(problemsOfLines(["routes:", ...routes])).toEqual([]);
  });

  it("not for sharing both data sources with another", () => {
    const notion = `notion: { post_mortems: ${one}, action_items: ${two} }`;
    expect(problemsOfLines(inRoute(notion))).toEqual([]);
  });

  it("with a project while no JIRA_ variable is set", () => {
    expect(problemsOfLines(inJira("project: PAY"), {})).toEqual([
      expect.stringContaining(
        "line 5: routes.0.jira.project has no effect, as no JIRA_ variable is set; set JIRA_URL and the others",
      ),
    ]);
    expect(problemsOfLines(inJira("labels: [x]"), {})).toEqual([]);
  });
});

describe("what is said of Jira is refused", () => {
  it.each([
    [
      "a key that is nearly right",
      "lables: [x]",
      'the key "lables" is not known in routes.0.jira; did you mean labels',
    ],
    [
      "a label with a space",
      "labels: [a b]",
      "routes.0.jira.labels.0: must be a label of 1 to 255 characters without spaces",
    ],
    [
      "a label like Debrief's own",
      `labels: [debrief-${"0a".repeat(16)}]`,
      "routes.0.jira.labels.0: is of the form by which Debrief finds an issue again",
    ],
    [
      "a component without a name",
      "components: ['']",
      "routes.0.jira.components.0: must be one line of 1 to 255",
    ],
    [
      "a field without a known id",
      "fields: { team: x }",
      "routes.0.jira.fields.team: must be the id of a field, such as customfield_10050",
    ],
    ["a field that is nearly right", "fields: { fixVersion: [] }", "did you mean fixVersions"],
    [
      "a field that the row gives",
      "fields: { duedate: 2026-12-01 }",
      "routes.0.jira.fields.duedate: comes from the row's Due; remove it here",
    ],
    [
      "a field with a setting of its own",
      "fields: { labels: [x] }",
      "routes.0.jira.fields.labels: is set by labels",
    ],
    [
      "a resolution for a new issue",
      "fields: { resolution: x }",
      "it belongs into transition_fields",
    ],
    [
      "an empty field that takes nothing out",
      "fields: { customfield_10050: }",
      "routes.0.jira.fields.customfield_10050 has no value, and there is nothing that it takes out",
    ],
    [
      "a status of the transition's own",
      "transition_fields: { status: x }",
      "comes from the row's Status; see statuses",
    ],
    [
      "a priority twice",
      "priorities: { High: [High, Highest], Top: highest }",
      'routes.0.jira.priorities.Top: names "highest", which stands for High already',
    ],
    [
      "a status twice",
      "statuses: { Open: new, Done: done, DONE: done }",
      'routes.0.jira.statuses.DONE: is "Done" in other capitals; remove one of them',
    ],
    [
      "a priority in two spellings",
      "priorities: { High: High, high: Highest }",
      'routes.0.jira.priorities.high: is "High" in other capitals',
    ],
    [
      "a priority for nothing",
      "priorities: { High: [] }",
      "routes.0.jira.priorities.High: must name at least one",
    ],
    [
      "a category that is nearly right",
      "statuses: { Open: new, Done: doen }",
      'routes.0.jira.statuses.Done.category: must be one of new, indeterminate, done, not "doen"; did you mean done',
    ],
    [
      "a status without its category",
      "statuses: { Open: new, Done: { status: Done } }",
      "routes.0.jira.statuses.Done.category: must be one of new, indeterminate, done",
    ],
    [
      "a status with an unknown key",
      "statuses: { Open: new, Done: { category: done, reason: true } }",
      'the key "reason" is not known in routes.0.jira.statuses.Done; known are category, status, resolution, needs_reason',
    ],
    [
      "a resolution of what is not done",
      "statuses: { Open: { category: new, resolution: x }, Done: done }",
      "routes.0.jira.statuses.Open.resolution: has a meaning only where the category is done",
    ],
    [
      "statuses without a beginning",
      "statuses: { Doing: indeterminate, Done: done }",
      "routes.0.jira.statuses: needs at least one status of the category new",
    ],
    [
      "statuses without an end",
      "statuses: { Open: new }",
      "routes.0.jira.statuses: needs at least one status of the category done",
    ],
    [
      "readiness by an unknown property",
      "ready: [titel]",
      'routes.0.jira.ready.0: must be one of title, owner, due, priority, type, outcome, not "titel"; did you mean title',
    ],
    [
      "a winner that is no side",
      "winners: { due: both }",
      'routes.0.jira.winners.due: must be one of notion, jira, not "both"',
    ],
    [
      "a winner of an unknown field",
      "winners: { owmer: jira }",
      'the key "owmer" is not known in routes.0.jira.winners; did you mean owner',
    ],
    ["no hop", "hops: 0", "routes.0.jira.hops: "],
    ["too many hops", "hops: 6", "routes.0.jira.hops: "],
  ])("with %s, with the line", (_, line, said) => {
    const problems = problemsOfLines(inJira("issue_type: Bug", line));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^\.\/debrief\.yaml, line 6: /);
    expect(problems[0]).toContain(said);
  });

  it("where a project stands for all routes, with the place where it belongs", () => {
    expect(problemsOfLines(["jira:", "  project: PAY"])).toEqual([
      './debrief.yaml, line 2: the key "project" is not known in jira; it belongs into a route\'s own jira, or for all of them into JIRA_PROJECT.',
    ]);
  });

  it("for all routes as for one", () => {
    const lines = [
      "jira:",
      "  winners: { due: nobody }",
      "  statuses:",
      "    Open: nwe",
      "    Done: done",
    ];
    const problems = problemsOfLines(lines);
    expect(problems).toEqual([
      expect.stringContaining("line 4: jira.statuses.Open.category: must be one of new"),
      expect.stringContaining("line 2: jira.winners.due: must be one of notion, jira"),
    ]);
  });

  it("all at once, with what is wrong elsewhere", () => {
    const lines = [
      "timing: { lese_s: 1 }",
      "routes:",
      "  - name: all",
      "  - { name: ALL, when: { team: t } }",
    ];
    const problems = problemsOfLines(lines, { PORT: "x" });
    expect(problems.map((problem) => /line \d+|^PORT/.exec(problem)?.[0])).toEqual([
      "PORT",
      "line 1",
      "line 4",
      "line 4",
    ]);
  });
});
