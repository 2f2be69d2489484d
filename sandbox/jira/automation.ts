/**
 * "Automation for Jira": rules that change an issue right after somebody else did. The automation account
 * acts, so that its changes come with their own webhooks; it does not answer to itself.
 */

import { documentOf } from "./adf.ts";
import { transitionsFrom } from "./find.ts";
import type { AutomationRule, Change, Issue, World } from "./model.ts";
import { addComment, assign, editFields, transition } from "./world.ts";

/** Starts the rules that a change fires, each after its delay. */
export function runAutomation(world: World, change: Change): void {
  if (change.actor.accountId === world.automation.accountId) {
    return;
  }
  for (const rule of world.automations) {
    if (fires(rule, change)) {
      world.clock.setTimer(rule.delayMs, () => apply(world, rule, change.issue));
    }
  }
}

function fires({ on, projectId }: AutomationRule, { what, state, changelog }: Change): boolean {
  if (projectId !== undefined && projectId !== state.projectId) {
    return false;
  }
  if (on === "created") {
    return what === "jira:issue_created";
  }
  const moved = changelog?.items.find(({ fieldId }) => fieldId === "status");
  return what === "jira:issue_updated" && moved?.to === on.statusId;
}

function apply(world: World, rule: AutomationRule, issue: Issue): void {
  // The rule may have been taken away, or the issue may be gone, by now.
  if (issue.state.deleted || issue.state.archived || !world.automations.includes(rule)) {
    return;
  }
  const actor = world.automation;
  if (rule.assignTo !== undefined) {
    assign(world, actor, issue, rule.assignTo);
  }
  if (rule.addLabel !== undefined) {
    editFields(world, actor, issue, { labels: [...issue.state.labels, rule.addLabel] });
  }
  if (rule.comment !== undefined) {
    addComment(world, actor, issue, { body: documentOf(rule.comment) });
  }
  const through = transitionsFrom(world, issue.state).find(
    ({ toStatusId }) => toStatusId === rule.transitionTo,
  );
  if (through !== undefined) {
    transition(world, actor, issue, { through });
  }
}
