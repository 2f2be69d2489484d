/** Whether PagerDuty still sends webhooks is noticed, said with its fix, and mended where that is wanted. */

import { describe, expect, it } from "vitest";
import { connect, failure, ok, type Connected } from "../../../test/support/pagerduty-client.ts";

function subscription(id: string, url: string, state: object = {}): object {
  return { id, active: true, delivery_method: { url, ...state } };
}
const ours = "https://debrief.acme.example/webhooks/pagerduty";

async function open(subscriptions: readonly object[]): Promise<Connected> {
  return await connect({
    "GET /webhook_subscriptions": ok({ webhook_subscriptions: subscriptions, more: false }),
    "POST /webhook_subscriptions/PBAD/enable": ok({ webhook_subscription: {} }),
  });
}

describe("webhook subscriptions", () => {
  it("are fine while ours are enabled, whatever others are", async () => {
    await using t = await open([
      subscription("PGOOD", ours),
      subscription("POTHER", "https://elsewhere.example/hook", { temporarily_disabled: true }),
    ]);
    expect(await t.pagerduty.checkSubscriptions(true)).toEqual([]);
  });

  it("are told with the fix when PagerDuty disabled one, and left alone", async () => {
    await using t = await open([subscription("PBAD", ours, { temporarily_disabled: true })]);
    const [problem] = await t.pagerduty.checkSubscriptions(false);
    expect(problem).toMatch(/PBAD .*compare PAGERDUTY_WEBHOOK_SECRET, then enable it/);
    expect(t.server.requests.map(({ method }) => method)).toEqual(["GET"]);
  });

  it("are enabled again where that is configured", async () => {
    await using t = await open([subscription("PBAD", ours, { temporarily_disabled: true })]);
    const [problem] = await t.pagerduty.checkSubscriptions(true);
    expect(problem).toMatch(/PBAD .*enabled again/);
    expect(t.server.requests.at(-1)?.path).toBe("/webhook_subscriptions/PBAD/enable");
  });

  it("are told when a person switched one off", async () => {
    await using t = await open([{ ...subscription("POFF", ours), active: false }]);
    expect(await t.pagerduty.checkSubscriptions(true)).toEqual([
      expect.stringMatching(/POFF is switched off/),
    ]);
  });

  it("are nobody's problem where the token may not read them", async () => {
    await using t = await connect({ "GET /webhook_subscriptions": failure(403, 2010, "no") });
    expect(await t.pagerduty.checkSubscriptions(true)).toEqual([]);
  });
});
