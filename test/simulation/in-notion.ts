/** What people do in Notion in a simulated world: rows of action items, and the pages themselves. */

import type { PageView } from "../../sandbox/notion/views-of-world.ts";
import { day, person, pick, type Doing } from "./doing.ts";
import { editedFields, itemRows, listOf, noteSaid, textOf, type Field } from "./people.ts";
import type { World } from "./world.ts";

function livePages({ notion }: World): PageView[] {
  return notion.pages("Post-mortems").filter((page) => !page.inTrash);
}

export function addItem(doing: Doing): boolean {
  const { world, random } = doing;
  const page = pick(random, livePages(world));
  if (page === undefined || itemRows(world).length >= 8) {
    return false;
  }
  const whole = random.chance(0.75);
  const properties = {
    Status: random.chance(0.9) ? "Open" : "In progress",
    ...(whole || random.chance(0.5) ? { Owner: [person(random)] } : {}),
    ...(whole || random.chance(0.5) ? { Due: day(random) } : {}),
    ...(random.chance(0.6) ? { Priority: pick(random, ["High", "Medium", "Low"]) ?? "High" } : {}),
    ...(random.chance(0.5) ? { Outcome: `we see ${doing.word()}` } : {}),
  };
  const { id } = world.notion.act({
    do: "addActionItem",
    postMortem: page.id,
    title: random.chance(0.95) ? `Item ${doing.word()}` : "",
    properties,
  });
  world.tell(`row ${id ?? ""} is added: ${JSON.stringify(properties)}`);
  return true;
}

const notionFields: Readonly<Record<Field, string>> = {
  title: "Name",
  owner: "Owner",
  due: "Due",
  priority: "Priority",
  status: "Status",
  outcome: "Outcome",
};

function liveRow({ world, random }: Doing): PageView | undefined {
  return pick(
    random,
    itemRows(world).filter((row) => !row.inTrash),
  );
}

export function editItem(doing: Doing): boolean {
  const row = liveRow(doing);
  return row !== undefined && editItemField(doing, row, pick(doing.random, editedFields) ?? "due");
}

export function editItemField(doing: Doing, row: PageView, field: Field): boolean {
  const { world, random, people } = doing;
  const value = notionValue(field, doing, row);
  const property = notionFields[field];
  if (textOf(row.properties[property]) === textOf(value)) {
    return false;
  }
  noteSaid(world, people, { row: row.id, field, side: "notion", value: textOf(value) })();
  world.tell(`row ${row.id}: ${property} = ${JSON.stringify(value)}`);
  if (field === "status" && value === "Won't do" && random.chance(0.7)) {
    world.notion.act({
      do: "editProperty",
      page: row.id,
      property: "Reason",
      value: `because ${doing.word()}`,
    });
  }
  world.notion.act({ do: "editProperty", page: row.id, property, value, by: "Ada Okafor" });
  return true;
}

function notionValue(field: Field, doing: Doing, row: PageView): string | string[] | null {
  const { random } = doing;
  switch (field) {
    case "title":
      return `Item ${doing.word()}`;
    case "owner": {
      const co = random.chance(0.2) ? listOf(row.properties["Owner"]) : [];
      return random.chance(0.1) ? [] : [...new Set([person(random), ...co])];
    }
    case "due":
      return random.chance(0.1) ? null : day(random);
    case "priority":
      return pick(random, ["High", "Medium", "Low", null]) ?? null;
    case "status":
      return pick(random, ["Open", "In progress", "Done", "Done", "Won't do"]) ?? "Open";
    case "outcome":
      return random.chance(0.15) ? "" : `we see ${doing.word()}`;
  }
}

export function keepOwn({ world, people, random, word }: Doing): boolean {
  const row = pick(
    random,
    itemRows(world).filter((one) => !one.inTrash),
  );
  const page = pick(random, livePages(world));
  const isRow = random.chance(0.5);
  const target = isRow ? row : page;
  if (target === undefined) {
    return false;
  }
  const property = isRow ? "Type" : random.chance(0.5) ? "Name" : "Status";
  const value = isRow
    ? (pick(random, ["Systemic", "Process", "Detection"]) ?? "Process")
    : property === "Name"
      ? `Named ${word()}`
      : (pick(random, ["In review", "Final", "Closed"]) ?? "Final");
  world.tell(`page ${target.id}: ${property} = ${value}`);
  world.notion.act({ do: "editProperty", page: target.id, property, value, by: "Chloe Tanaka" });
  people.properties.set(`${target.id}/${property}`, value);
  return true;
}

export function trashOrRestore({ world, people, random }: Doing): boolean {
  const target = pick(
    random,
    random.chance(0.85) ? itemRows(world) : world.notion.pages("Post-mortems"),
  );
  if (target === undefined) {
    return false;
  }
  world.tell(`${target.inTrash ? "restore" : "trash"} ${target.dataSource ?? ""} ${target.id}`);
  if (target.inTrash) {
    if (!people.trashed.has(target.id)) {
      return false;
    }
    world.notion.act({ do: "restorePage", page: target.id });
    people.trashed.delete(target.id);
  } else {
    world.notion.act({ do: "trashPage", page: target.id });
    people.trashed.add(target.id);
  }
  return true;
}

export function typeOnPage(doing: Doing): boolean {
  const { world, people, random } = doing;
  const page = pick(random, livePages(world));
  if (page === undefined) {
    return false;
  }
  const kind = random.integer(6);
  const word = doing.word();
  const text = `typed ${word}`;
  const table = page.blocks.find(({ type }) => type === "table");
  const rows = table?.children.slice(1) ?? [];
  const row = pick(random, rows);
  const paragraph = pick(
    random,
    page.blocks.filter(({ type }) => type === "paragraph" || type === "bulleted_list_item"),
  );
  world.tell(`page ${page.id}: typing ${String(kind)} ${word}`);
  if (kind === 0 && paragraph !== undefined) {
    world.notion.act({ do: "editText", block: paragraph.id, text, by: "Ben Lindqvist" });
    people.blocks.set(paragraph.id, text);
  } else if (kind === 1) {
    const { id = "" } = world.notion.act({
      do: "addBlock",
      parent: page.id,
      type: "paragraph",
      text,
      by: "Ben Lindqvist",
    });
    people.blocks.set(id, text);
  } else if (kind === 2) {
    const { id = "" } = world.notion.act({
      do: "addBlock",
      parent: page.id,
      type: "to_do",
      text: `to-do ${word}`,
      by: "Ada Okafor",
    });
    people.toDos.set(id, { page: page.id, word });
  } else if (kind === 3 && row !== undefined) {
    world.notion.act({ do: "editCell", row: row.id, column: 1, text, by: "Esra Yilmaz" });
    people.deleted.set(`typed over by ${word}`, row.text);
    const cells =
      world.notion
        .page(page.id)
        ?.blocks.find(({ id }) => id === table?.id)
        ?.children.find(({ id }) => id === row.id)?.text ?? "";
    people.tableRows.set(row.id, [cells]);
  } else if (kind === 4 && row !== undefined && rows.length > 1) {
    world.notion.act({ do: "deleteBlock", block: row.id, by: "Esra Yilmaz" });
    people.deleted.set(row.id, row.text);
    people.tableRows.delete(row.id);
  } else if (kind === 5 && table !== undefined) {
    const after = row?.id;
    const { id = "" } = world.notion.act({
      do: "addRow",
      table: table.id,
      cells: ["soon", text, "me"],
      by: "Esra Yilmaz",
      ...(after === undefined ? {} : { after }),
    });
    people.tableRows.set(id, [`soon | ${text} | me`]);
  } else {
    return false;
  }
  return true;
}
