/** Whether PagerDuty still sends webhooks: it disables a subscription for a day after three answers of 4xx. */

import { z } from "zod";
import { TerminalError } from "../../domain/errors.ts";
import type { Caller } from "./call.ts";
import type { Lister } from "./lists.ts";

const Subscription = z.object({
  id: z.string(),
  active: z.boolean().catch(true),
  description: z.string().nullish().catch(undefined),
  delivery_method: z.object({
    url: z.string().nullish().catch(undefined),
    temporarily_disabled: z.boolean().nullish().catch(undefined),
  }),
});

/** Without the scope nothing can be said; that is no problem of the service. */
const absentOn = [402, 403, 404];

/**
 * Takes whether a disabled subscription is to be enabled again; gives what is wrong, in words with the fix.
 * Only subscriptions that lead to /webhooks/pagerduty count (docs/vendors/pagerduty.md).
 */
export async function checkSubscriptions(
  reenable: boolean,
  { caller, lister }: { readonly caller: Caller; readonly lister: Lister },
): Promise<string[]> {
  const path = "/webhook_subscriptions";
  const call = { what: "list webhook subscriptions", path, key: "webhook_subscriptions", absentOn };
  const { items } = await lister.list(call, Subscription);
  const ours = items.filter(({ delivery_method: { url } }) => isOurs(url ?? ""));
  const problems: string[] = [];
  for (const { id, active, delivery_method: delivery } of ours) {
    if (!active) {
      problems.push(
        `PagerDuty's webhook subscription ${id} is switched off: switch it on under Integrations > Generic Webhooks, or delete it.`,
      );
    } else if (delivery.temporarily_disabled === true) {
      const isEnabled = reenable && (await enable(id, caller));
      problems.push(
        isEnabled
          ? `PagerDuty had disabled the webhook subscription ${id} after refused webhooks; it was enabled again. Look for WEBHOOK_SIGNATURE_INVALID in the log.`
          : `PagerDuty has disabled the webhook subscription ${id} after refused webhooks: compare PAGERDUTY_WEBHOOK_SECRET, then enable it under Integrations > Generic Webhooks (or set PAGERDUTY_REENABLE=true). Until then only the resync finds incidents.`,
      );
    }
  }
  return problems;
}

function isOurs(url: string): boolean {
  return URL.parse(url)?.pathname.endsWith("/webhooks/pagerduty") === true;
}

/** False where the token may not. */
async function enable(id: string, caller: Caller): Promise<boolean> {
  const path = `/webhook_subscriptions/${encodeURIComponent(id)}/enable`;
  try {
    await caller.call({ what: `enable webhook subscription ${id}`, method: "POST", path });
    return true;
  } catch (error) {
    if (error instanceof TerminalError) {
      return false;
    }
    throw error;
  }
}
