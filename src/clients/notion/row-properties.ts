/** An action item's properties: from our write to Notion's request, and from Notion's page to ours. */

import {
  actionItemProperties as names,
  type ActionItemRow,
  type ActionItemWrite,
} from "../../domain/action-item.ts";
import { notionUserId, pageId } from "../../domain/keys.ts";
import {
  editedAtOf,
  given,
  joinText,
  optional,
  present,
  titleOf,
  toPeople,
  toSelect,
  toText,
  toTitle,
  toUrl,
  type PropertyValue,
} from "./properties.ts";
import { actionItemTypes, lackedBy } from "./property-types.ts";
import type { Page, Property } from "./schema.ts";
import { plainId } from "./source-refs.ts";

/** Takes what to write; gives Notion's `properties`, within its limits. What is absent stays absent. */
export function toRowProperties(write: ActionItemWrite): Record<string, PropertyValue> {
  return present({
    [names.name]: given(write.title, toTitle),
    [names.postMortem]: given(write.postMortem, (id) => ({ relation: [{ id }] })),
    [names.owner]: given(write.owners, toPeople),
    [names.due]: given(write.due, toDay),
    [names.priority]: given(write.priority, toSelect),
    [names.status]: given(write.status, (name) => ({ status: { name } })),
    [names.jira]: given(write.jira, (url) => (url === null ? { url } : toUrl(url))),
    [names.source]: given(write.source, toText),
    [names.sync]: given(write.sync, toText),
  });
}

/** What is no day is left out: Notion would refuse the whole request for it. */
function toDay(day: string | null): PropertyValue | undefined {
  if (day === null) {
    return { date: null };
  }
  return dayOf(day) === day ? { date: { start: day } } : undefined;
}

/** Takes a page as Notion gave it; a property that is missing or of another type reads as empty, and is named. */
export function toRow(page: Page): ActionItemRow {
  const lacks = lackedBy(page, actionItemTypes);
  function read(name: string): Property | undefined {
    return page.properties[name];
  }
  const related = read(names.postMortem)?.relation?.[0]?.id;
  return {
    id: pageId(page.id),
    url: page.url,
    dataSourceId: plainId(page.parent?.data_source_id ?? ""),
    inTrash: page.in_trash,
    createdAt: new Date(page.created_time),
    editedAt: editedAtOf(page),
    title: titleOf(page),
    owners: (read(names.owner)?.people ?? []).map(({ id }) => notionUserId(id)),
    reason: joinText(read(names.reason)?.rich_text),
    outcome: joinText(read(names.outcome)?.rich_text),
    jira: read(names.jira)?.url ?? "",
    source: joinText(read(names.source)?.rich_text),
    sync: joinText(read(names.sync)?.rich_text),
    ...optional("postMortem", related === undefined ? undefined : pageId(related)),
    ...optional("due", dayOf(read(names.due)?.date?.start)),
    ...optional("priority", read(names.priority)?.select?.name),
    ...optional("type", read(names.type)?.select?.name),
    ...optional("status", read(names.status)?.status?.name),
    ...(lacks.length === 0 ? {} : { lacks }),
  };
}

/** The day that a date begins, in its own zone; undefined for what is no date. */
export function dayOf(start: string | undefined): string | undefined {
  const day = /^\d{4}-\d{2}-\d{2}/.exec(start ?? "")?.[0];
  return day === undefined || Number.isNaN(Date.parse(day)) ? undefined : day;
}
