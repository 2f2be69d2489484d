/** What debrief.yaml may hold, and what is said, with its line, where it holds something else. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { load, loadYaml, problemsOf, problemsOfYaml } from "../../test/support/configuration.ts";

describe("debrief.yaml", () => {
  it("may be absent or empty, but must be there when it is named", () => {
    expect(problemsOfYaml("")).toEqual([]);
    expect(problemsOfYaml("timing:\nusers:\n")).toEqual([]);
    expect(problemsOf({ env: { DEBRIEF_CONFIG: "/etc/x.yaml" } })).toEqual([
      expect.stringContaining("/etc/x.yaml can't be read (ENOENT)"),
    ]);
  });

  it("sets times in seconds; RESYNC_EVERY_S wins over it", () => {
    const files = {
      "./debrief.yaml":
        "timing:\n  notion_grace_s: 1.5\n  resync_every_s: 7\n  refresh_after_s: [0.2, 1]\n",
    };
    expect(load({ files }).timing).toMatchObject({
      notionGraceMs: 1_500,
      resyncEveryMs: 7_000,
      refreshAfterMs: [200, 1_000],
      jiraGraceMs: 300_000,
    });
    expect(load({ files, env: { RESYNC_EVERY_S: "9" } }).timing.resyncEveryMs).toBe(9_000);
  });

  it("gives subscriptions secrets of their own, from variables and from files", () => {
    const files = {
      "./debrief.yaml":
        "pagerduty:\n  subscriptions:\n    PXSUIZH: {secret_env: PAYMENTS_SECRET}\n    PABCDEF: {secret_file: /run/other}\n",
      "/run/other": " old,new \n",
    };
    const { pagerduty } = load({ files, env: { PAYMENTS_SECRET: "pay" } });
    expect(pagerduty.subscriptionSecrets).toEqual({ PXSUIZH: ["pay"], PABCDEF: ["old", "new"] });
  });

  it("maps people by e-mail, whatever the case, and sets the scrubber", () => {
    const files = {
      "./debrief.yaml":
        "users:\n  Ann@Acme.example: ann@notion.example\nscrub:\n  enabled: false\n  patterns: ['acme-[0-9]+']\n",
    };
    expect(load({ files })).toMatchObject({
      users: { "ann@acme.example": "ann@notion.example" },
      scrub: { enabled: false, patterns: ["acme-[0-9]+"] },
    });
  });

  it("has times for action items, which can be shortened too", () => {
    expect(load().timing).toMatchObject({
      toDoRestMs: 120_000,
      rollUpMs: 3_000,
      itemRecheckMs: 21_600_000,
    });
    const text = "timing: {to_do_rest_s: 0.1, roll_up_s: 0.2, item_recheck_s: 3}\n";
    expect(loadYaml(text).timing).toMatchObject({
      toDoRestMs: 100,
      rollUpMs: 200,
      itemRecheckMs: 3_000,
    });
  });

  it.each([
    ["an unknown block", "a: 1\n", 'line 1: the key "a" is not known; known are timing, '],
    [
      "a typo",
      "\ntiming:\n  lese_s: 5\n",
      'line 3: the key "lese_s" is not known in timing; did you mean lease_s',
    ],
    ["a route that is text", "routes: [payments]\n", "line 1: routes.0: invalid input"],
    ["a negative time", "timing:\n  lease_s: -1\n", "line 2: timing.lease_s"],
    ["a time that is text", "timing:\n  lease_s: 5s\n", "line 2: timing.lease_s"],
    [
      "a store timeout beyond PagerDuty's",
      "timing: {store_timeout_s: 10}\n",
      "timing.store_timeout_s",
    ],
    ["a list at the top", "- a\n", "line 1: the file"],
    ["text that is no YAML", "timing: [\n", "is not valid YAML"],
    ["a key that stands twice", "users: {}\nusers: {}\n", "line 2: is not valid YAML"],
    [
      "a subscription without a secret",
      "pagerduty:\n  subscriptions:\n    PX: {}\n",
      "line 3: pagerduty.subscriptions.PX: needs either secret_env",
    ],
    [
      "a subscription whose variable is unset",
      "pagerduty:\n  subscriptions:\n    PX: {secret_env: NOPE}\n",
      "line 3: pagerduty.subscriptions.PX names the variable NOPE",
    ],
    [
      "a person without an address",
      "users:\n  ann: ann@notion.example\n",
      "line 2: users.ann: is not a valid name",
    ],
    ["a pattern that is none", "scrub:\n  patterns: ['(']\n", "line 2: scrub.patterns.0"],
    [
      "aliases that explode",
      `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [${"*a,".repeat(20)}]\nc: &c [${"*b,".repeat(20)}]\nd: [${"*c,".repeat(20)}]\n`,
      "too many aliases",
    ],
  ])("with %s is refused, with the line", (_, text, said) => {
    const problems = problemsOfYaml(text);
    expect(problems.join("\n")).toContain(said);
    expect(problems[0]).toMatch(/^\.\/debrief\.yaml, line \d+: /);
  });

  it("finds the line of what stands in a list, and of what an alias repeats", () => {
    const text =
      "routes:\n  - name: a\n    when: &w\n      team: x\n      sevice: y\n  - name: b\n    when: *w\n";
    expect(problemsOfYaml(text)).toEqual([
      './debrief.yaml, line 5: the key "sevice" is not known in routes.0.when; did you mean service.',
      './debrief.yaml, line 5: the key "sevice" is not known in routes.1.when; did you mean service.',
    ]);
  });

  it("is reported together with what is wrong in the environment", () => {
    expect(problemsOfYaml("a: 1\nb: 2\n", { PORT: "x" })).toHaveLength(3);
  });

  it("lets nothing through to the prototypes of objects", () => {
    expect(problemsOfYaml("__proto__: {admin: true}\n")).toHaveLength(1);
    expect(Object.hasOwn(Object.prototype, "admin")).toBe(false);
  });

  it("never breaks the start in another way than by saying what is wrong", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        expect(Array.isArray(problemsOfYaml(text))).toBe(true);
      }),
    );
  });
});

describe("users", () => {
  it("may name a person at Notion, at Jira by address or account id, or at both", () => {
    const text = [
      "users:",
      "  Ann@pager.example: ann@notion.example",
      "  bob@pager.example: { notion: Bob@notion.example, jira: Bob@jira.example }",
      "  Cy@pager.example: { jira: 712020:0B1e-5d }",
      "",
    ].join("\n");
    expect(loadYaml(text)).toMatchObject({
      users: {
        "ann@pager.example": "ann@notion.example",
        "bob@pager.example": "bob@notion.example",
      },
      jiraUsers: { "bob@notion.example": "bob@jira.example", "cy@pager.example": "712020:0B1e-5d" },
    });
    expect(load()).toMatchObject({ users: {}, jiraUsers: {} });
  });

  it.each([
    ["nobody anywhere", "a@b: {}", "line 2: users.a@b: needs notion"],
    ["no address at Notion", "a@b: { notion: ann }", "line 2: users.a@b.notion: must be an e-mail"],
    ["text that is no address", "a@b: ann", "line 2: users.a@b.notion: must be an e-mail"],
    [
      "no account at Jira",
      "a@b: { jira: a b }",
      "line 2: users.a@b.jira: must be an e-mail address or a Jira account id",
    ],
    [
      "a typo",
      "a@b: { notion: x@y, jria: x@y }",
      'line 2: the key "jria" is not known in users.a@b; did you mean jira',
    ],
    ["one person twice", "a@b: c@d\n  A@b: e@f", "line 3: users.A@b stands there twice"],
    [
      "two accounts for one person",
      "a@b: { notion: n@n, jira: j@j }\n  c@d: { notion: N@n, jira: k@k }",
      "line 3: users.c@d.jira is another than an entry above gives",
    ],
  ])("with %s are refused, with the line", (_, entry, said) => {
    const problems = problemsOfYaml(`users:\n  ${entry}\n`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(said);
  });
});
