/** Which routes a debrief.yaml leads to: its own, over its common block, over the environment and the defaults. */

import { describe, expect, it } from "vitest";
import { chooseRoute, type JiraRoute, type Route } from "../domain/route.ts";
import { jiraVariables, load, loadYaml } from "../../test/support/configuration.ts";

const postMortems = "11111111-1111-4111-8111-111111111111";
const actionItems = "22222222-2222-4222-8222-222222222222";

function routesOf(lines: readonly string[], env = jiraVariables): readonly Route[] {
  return loadYaml(`${lines.join("\n")}\n`, env).routes;
}

/** What the first route does at Jira. */
function jiraOf(...lines: readonly string[]): JiraRoute | undefined {
  return routesOf(lines)[0]?.jira;
}

describe("without a file there is one route", () => {
  it("that takes everything to what the environment names", () => {
    expect(load({ env: jiraVariables }).routes).toEqual([
      {
        name: "default",
        when: {},
        skip: false,
        notion: { postMortems, actionItems },
        jira: {
          project: "OPS",
          issueType: "Task",
          labels: [],
          components: [],
          fields: {},
          priorities: { High: ["High", "Highest"], Medium: ["Medium"], Low: ["Low", "Lowest"] },
          statuses: {
            Open: { category: "new" },
            "In progress": { category: "indeterminate" },
            Done: { category: "done" },
            "Won't do": { category: "done", resolution: "Won't Do", needsReason: true },
          },
          ready: ["title", "owner", "due"],
          winners: {
            title: "notion",
            outcome: "notion",
            owner: "jira",
            due: "notion",
            priority: "notion",
            status: "jira",
          },
          hopsMax: 1,
          transitionFields: { resolution: { name: "Done" } },
        },
      },
    ]);
  });

  it("without Jira where no JIRA_ variable is set, whatever the file says of Jira", () => {
    const text = "jira: {labels: [x]}\nroutes: [{name: a, when: {team: t}, jira: {hops: 2}}]\n";
    for (const route of [...load().routes, ...loadYaml(text).routes]) {
      expect(route.jira).toBeUndefined();
    }
  });
});

describe("routes of the file", () => {
  it("stand in its order, and the default behind them", () => {
    const routes = routesOf([
      "routes:",
      "  - name: payments",
      "    when: { service: [Payments API, PABC123], team: Payments }",
      "    template: short.md",
      "    notion: { post_mortems: '33333333333343338333333333333333', action_items: 44444444-4444-4444-8444-444444444444 }",
      "    jira: { project: PAY, issue_type: 10004 }",
      "  - { name: internal, when: { team: Internal tools }, skip: true }",
    ]);
    expect(routes).toMatchObject([
      {
        name: "payments",
        when: { service: ["Payments API", "PABC123"], team: ["Payments"] },
        skip: false,
        template: "short.md",
        notion: {
          postMortems: "33333333-3333-4333-8333-333333333333",
          actionItems: "44444444-4444-4444-8444-444444444444",
        },
        jira: { project: "PAY", issueType: "10004", ready: ["title", "owner", "due"] },
      },
      {
        name: "internal",
        when: { team: ["Internal tools"] },
        skip: true,
        notion: { postMortems, actionItems },
        jira: { project: "OPS" },
      },
      { name: "default", when: {}, skip: false, jira: { project: "OPS" } },
    ]);
    expect(routes[1]).not.toHaveProperty("template");
  });

  it("are tried in order: the first that matches is taken", () => {
    const routes = routesOf([
      "routes:",
      "  - { name: exact, when: { service: Checkout, team: Payments } }",
      "  - { name: team, when: { team: payments } }",
    ]);
    const teams = [{ id: "PTEAM", name: "Payments" }];
    const names = ["Checkout", "Ledger"].map(
      (name) => chooseRoute(routes, { service: { id: "P1", name }, teams })?.name,
    );
    expect(names).toEqual(["exact", "team"]);
    expect(chooseRoute(routes, { teams: [] })?.name).toBe("default");
  });

  it("end with the file's own last one where that has no conditions", () => {
    const routes = routesOf(["routes:", "  - { name: all, jira: { labels: [x] } }"]);
    expect(routes).toMatchObject([
      {
        name: "all",
        when: {},
        notion: { postMortems, actionItems },
        jira: { project: "OPS", issueType: "Task", labels: ["x"] },
      },
    ]);
    expect(routesOf(["routes: [{ name: default, when: {}, skip: true }]"])).toHaveLength(1);
    expect(routesOf(["routes:", "jira:"])).toHaveLength(1);
  });
});

describe("a route's jira", () => {
  const route = ["routes:", "  - name: a", "    when: { team: t }", "    jira:"];

  it("replaces lists and tables of names, those of the common block and the defaults", () => {
    const jira = jiraOf(
      "jira:",
      "  labels: [postmortem]",
      "  components: [Checkout, 10200]",
      "  priorities: { Urgent: 1 }",
      "  ready: [owner]",
      ...route,
      "      labels: [payments]",
      "      statuses:",
      "        To do: new",
      "        Closed: { category: done, status: 10031, needs_reason: false }",
      "      priorities: { Big: [High, 2] }",
    );
    expect(jira).toMatchObject({ labels: ["payments"], components: ["Checkout", "10200"] });
    expect(jira?.priorities).toEqual({ Big: ["High", "2"] });
    expect(Object.entries(jira?.statuses ?? {})).toEqual([
      ["To do", { category: "new" }],
      ["Closed", { category: "done", status: "10031", needsReason: false }],
    ]);
  });

  it("merges fields, transition_fields and winners, key by key, and null takes a field out", () => {
    const jira = jiraOf(
      "jira:",
      "  fields: { customfield_10050: { id: '10100' }, reporter: { id: 5b } }",
      "  winners: { due: jira }",
      "  transition_fields: { customfield_10060: [a] }",
      ...route,
      "      fields: { customfield_10050: { id: '10101' }, reporter: null, fixVersions: [{ name: '2' }] }",
      "      winners: { status: notion }",
      "      transition_fields: { resolution: null }",
      "      hops: 3",
    );
    expect(jira?.fields).toEqual({
      customfield_10050: { id: "10101" },
      fixVersions: [{ name: "2" }],
    });
    expect(jira?.transitionFields).toEqual({ customfield_10060: ["a"] });
    expect(jira).toMatchObject({
      hopsMax: 3,
      winners: { due: "jira", status: "notion", title: "notion", owner: "jira" },
    });
  });

  it("always needs a title, as Jira makes no issue without one", () => {
    expect(jiraOf(...route, "      ready: []")?.ready).toEqual(["title"]);
    expect(jiraOf(...route, "      ready: [due, type, due]")?.ready).toEqual([
      "title",
      "due",
      "type",
    ]);
  });

  it("leaves the other routes alone", () => {
    const routes = routesOf([...route, "      labels: [x]", "      winners: { due: jira }"]);
    expect(routes[1]?.jira).toMatchObject({ labels: [], winners: { due: "notion" } });
  });
});
