/** What is made of tools that nobody described (docs/tools.md): of real ones, and of those that mean to deceive. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../../shared/json.ts';
import { lumaTools } from '../../shared/luma.ts';
import { type Category, describeTool } from '../../shared/tool-category.ts';

interface Labelled {
  category: Category;
  name: string;
  title?: string;
  description?: string;
  inputSchema: JsonObject;
  annotations?: JsonObject;
}

/** Definitions of published servers, cut short, each with the category that reading it gave. */
const corpus = (
  JSON.parse(readFileSync(new URL('../fixtures/tools/corpus.json', import.meta.url), 'utf8')) as {
    package: string;
    tools: Labelled[];
  }[]
).flatMap(({ package: from, tools }) => tools.map((tool) => ({ ...tool, from })));

const NOTHING: JsonObject = { type: 'object' };
const text = { type: 'string' };
const takes = (properties: JsonObject): JsonObject => ({ type: 'object', properties });
const named = (name: string, more: Partial<Labelled> = {}) =>
  describeTool({ name, inputSchema: NOTHING, ...more }).category;

test('of the tools of real servers none that does more is taken for one that only reads', () => {
  const loose = corpus
    .filter((tool) => tool.category !== 'read' && describeTool(tool).category === 'read')
    .map(({ from, name }) => `${from} ${name}`);
  expect(loose).toEqual([]);
});

test('what destroys, runs or spends is told as one of these, and most of all come out right', () => {
  const harmful = new Set<Category>(['destructive', 'execute', 'spend']);
  const tamed = corpus.filter(
    (tool) => harmful.has(tool.category) && !harmful.has(describeTool(tool).category),
  );
  expect(tamed.map(({ name }) => name)).toEqual([]);
  const right = corpus.filter((tool) => describeTool(tool).category === tool.category).length;
  // docs/tools.md has the numbers of the day on which they were counted.
  expect(corpus.length).toBe(451);
  expect(right).toBeGreaterThanOrEqual(350);
});

test('Luma’s own tools come out by what they are', () => {
  const offered = corpus.filter(({ name }) => name.startsWith('luma_'));
  expect(offered.map(({ name }) => name).toSorted()).toEqual(lumaTools.map(({ name }) => name).toSorted());
  for (const { name, category } of lumaTools)
    expect([name, named(name)]).toEqual([name, category === 'Write' ? 'spend' : 'read']);
});

test.each<[string, Category]>([
  ['get_and_delete', 'destructive'],
  ['getAndDelete', 'destructive'],
  ['read_or_write', 'write'],
  ['list_then_purge', 'destructive'],
  ['undelete', 'write'],
  ['deletefile', 'destructive'],
  ['GETandPURGE', 'destructive'],
  ['github.repos.delete', 'destructive'],
  ['API-delete-a-block', 'destructive'],
  ['get_deleted_items', 'read'],
  ['get_order', 'read'],
  ['order_pizza', 'spend'],
  ['create_payment', 'spend'],
  ['get_run', 'read'],
  ['run_query', 'execute'],
  ['list_commits', 'read'],
  ['commit', 'write'],
  ['', 'write'],
  ['zap', 'write'],
  ['shuffle_list', 'write'],
  ['email_search_results', 'write'],
  ['log_event', 'write'],
  ['watch_repository', 'write'],
  ['return_book', 'write'],
  ['check_in_guest', 'write'],
  ['extract_archive', 'write'],
  ['ping_user', 'write'],
  ['constructor', 'write'],
  ['__proto__', 'write'],
])('by the name %s a tool is to %s', (name, category) => {
  expect(named(name)).toBe(category);
});

test('a name of letters that only look like Latin ones is read as them, and never taken for reading', () => {
  const alike = { a: 'а', c: 'с', e: 'е', i: 'і', o: 'о', p: 'р', x: 'х', y: 'у', d: 'ԁ', s: 'ѕ' };
  for (const verb of ['delete', 'destroy', 'execute', 'erase', 'remove', 'purge']) {
    for (const [latin, other] of Object.entries(alike)) {
      if (!verb.includes(latin)) continue;
      const name = `get_${verb.replaceAll(latin, other)}`;
      expect([name, named(name)]).toEqual([name, named(verb)]);
    }
    for (const unseen of ['\u200b', '\u00ad', '\u2060', '\ufeff', '\u0301']) {
      expect(named(`get_${verb.slice(0, 3)}${unseen}${verb.slice(3)}`)).toBe(named(verb));
    }
  }
  for (const name of ['gеt_item', 'get\u200b_item', 'ｇｅｔ_item', 'get_ítem', 'get_项目'])
    expect([name, named(name, { annotations: { readOnlyHint: true } })]).toEqual([name, 'write']);
});

test('a hint that it only reads changes nothing of what speaks against it', () => {
  for (const tool of corpus) {
    const bare = { ...tool, annotations: {} };
    const lying = { ...tool, annotations: { readOnlyHint: true, destructiveHint: false } };
    const { category, because } = describeTool(bare);
    if (category === 'read' || because === 'Nothing shows that it only reads.') continue;
    expect([tool.name, describeTool(lying).category]).toEqual([tool.name, category]);
  }
  expect(named('get_items', { annotations: { readOnlyHint: true, destructiveHint: true } })).toBe(
    'destructive',
  );
  expect(named('get_items', { annotations: { readOnlyHint: false } })).toBe('write');
  expect(named('directory_tree', { annotations: { readOnlyHint: true } })).toBe('read');
  expect(named('directory_tree', { annotations: { readOnlyHint: 'true' } })).toBe('write');
});

test.each<[string, Category]>([
  ['Gets the items.', 'read'],
  ['Gets the items and deletes them.', 'destructive'],
  ['Gets the items. Deletes those that are old.', 'destructive'],
  ['Gets the items. It does not delete any.', 'read'],
  ['Gets the items without deleting them, and never changes one.', 'read'],
  ['Gets the items. This cannot be undone.', 'destructive'],
  ['Gets the items, not only reads but purges them.', 'destructive'],
  ['Gets the items. This tool will also execute them.', 'execute'],
  ['Gets the items. Each call costs 2 credits.', 'spend'],
  ['Permanently deletes the items', 'destructive'],
  ['Runs a shell command on this machine', 'execute'],
  ['Return the items as JSON', 'read'],
  ['Runs a search over the items', 'read'],
])('by its description "%s" get_items is to %s', (description, category) => {
  expect(named('get_items', { description })).toBe(category);
});

test('what a tool takes speaks against reading', () => {
  const by = (properties: JsonObject) => named('get_items', { inputSchema: takes(properties) });
  expect(by({ id: text })).toBe('read');
  expect(by({ command: text })).toBe('execute');
  expect(by({ command: { type: 'string', enum: ['list', 'show'] } })).toBe('read');
  expect(by({ action: { type: 'string', enum: ['list', 'delete'] } })).toBe('destructive');
  expect(by({ actions: { type: 'array', items: takes({ type: { enum: ['wait', 'purge'] } }) } })).toBe(
    'destructive',
  );
  expect(by({ operation: text })).toBe('write');
  expect(by({ webhook_url: text })).toBe('write');
  expect(by({ delete_after: { type: 'boolean' } })).toBe('destructive');
  expect(by({ include_deleted: { type: 'boolean' } })).toBe('read');
  expect(by({ payment_method: text })).toBe('spend');
  expect(by({ amount: { type: 'number' }, currency: text })).toBe('spend');
  expect(by({ max_price: { type: 'number' } })).toBe('read');
  expect(by({ options: takes({ inner: { anyOf: [takes({ sql: text })] } }) })).toBe('execute');
});

test.each<[string, Category]>([
  ['This will wipe the database.', 'destructive'],
  ['These calls will purge old rows.', 'destructive'],
  ['Note that it wipes the database.', 'destructive'],
  ['Be aware that this tool will also delete the source.', 'destructive'],
  ['Calling it removes the ticket.', 'destructive'],
  ['After that, the server drops the table.', 'destructive'],
  ['Afterwards, it sends a message to everyone.', 'write'],
  ['All rows are then deleted.', 'destructive'],
  ['Each message will be permanently erased after reading.', 'destructive'],
  ['Note that the file gets overwritten.', 'destructive'],
  ['A mail is sent to the owner.', 'write'],
  ['The given code is executed.', 'execute'],
  ['This call is going to delete the source.', 'destructive'],
  ['This results in the deletion of its source.', 'destructive'],
  ['It causes all rows to be deleted.', 'destructive'],
  ['Reading a message removes it from the queue.', 'destructive'],
  ['All data will be lost.', 'destructive'],
  ['This causes no loss of data.', 'read'],
  ['Also returns results for deleted items, and causes of removal.', 'read'],
  ['This leads to deletion.', 'destructive'],
  ['Shows whether deleting one leads to the removal of others.', 'read'],
  ['Will delete rows.', 'destructive'],
  ['May delete rows.', 'destructive'],
  ['WARNING: will delete rows.', 'destructive'],
  ['Will not delete rows.', 'read'],
  ['This will, however, delete it.', 'destructive'],
  ['This may, in some cases, delete rows.', 'destructive'],
  ['This tool, when called, deletes all rows.', 'destructive'],
  ['All rows will, however, be deleted.', 'destructive'],
  ['This will, however, not delete it.', 'read'],
  ['When called, deletes all rows.', 'destructive'],
  ['When called, will delete all rows.', 'destructive'],
  ['After reading, returns the rows and deletes them.', 'destructive'],
  ['If there is none, creates one.', 'write'],
  ['When called, never deletes a row.', 'read'],
  ['Calls to this tool delete the row.', 'destructive'],
  ['Calls to this tool do not delete the row.', 'read'],
  ['Runs the given script.', 'execute'],
  ['Runs on Linux.', 'read'],
  ['Empties the queue.', 'destructive'],
  ['Posts a message.', 'write'],
  ['Posts and comments are among them.', 'read'],
  ['Orders the rows by date.', 'read'],
  ['Also will delete rows.', 'destructive'],
  ['Must be called before delete_item.', 'read'],
  ['Caution - deletes rows.', 'destructive'],
  ['To save space, drops the rows.', 'destructive'],
  ['This does not delete anything.', 'read'],
  ['It never deletes or changes an item.', 'read'],
  ['Nothing is deleted.', 'read'],
  ['None of the rows are removed.', 'read'],
  ['The items are not deleted, nor is anything else removed.', 'read'],
  ['Returns when the file was deleted.', 'read'],
  ['Also shows whether an item is deleted.', 'read'],
  ['Fails if the item is deleted.', 'read'],
  ['Includes items that have been deleted.', 'read'],
  ['Shows items which are deleted.', 'read'],
  ['Shows files to be removed and files that will be deleted.', 'read'],
  ['Long output is truncated.', 'read'],
  ['Use this before it expires or when it deletes.', 'read'],
  ['To remove one, use delete_item.', 'read'],
  ['Items can be deleted with delete_item.', 'read'],
])('by a later sentence "%s" get_items is to %s', (later, category) => {
  expect(named('get_items', { description: `Gets the items. ${later}` })).toBe(category);
});

test.each<[string, Category]>([
  ['Reads the queue, which is then deleted.', 'destructive'],
  ['Reads the queue, deleting what it holds.', 'destructive'],
  ['Reads the queue while deleting it.', 'destructive'],
  ['Reads the queue; all rows are then purged.', 'destructive'],
  ['Reads the queue and marks it as read.', 'write'],
  ['Reads the queue, and posts results to Slack.', 'write'],
  ['Reads the queue, and orders results by date.', 'read'],
  ['Reads the queue, and orders a pizza.', 'spend'],
  ['Pops the first of the queue.', 'destructive'],
  ['Lists comments and posts of the queue.', 'read'],
  ['Lists deleted files.', 'read'],
  ['Returns when the file was deleted.', 'read'],
  ['Lists files that are deleted, and when they were removed.', 'read'],
  ['Lists tools for creating, updating, and deleting items.', 'read'],
  ['Reads the queue without deleting it.', 'read'],
])('by its description "%s" get_queue is to %s', (description, category) => {
  expect(named('get_queue', { description })).toBe(category);
});

/** A denial is of what it stands before, not of what the sentence goes on with. */
test.each<[string, Category]>([
  ['Finds tokens that never expire and revokes them.', 'destructive'],
  ['Find tokens that never expire and revoke them.', 'destructive'],
  ['Finds records without an owner and purges them.', 'destructive'],
  ['Gets rows that are not used and removes them.', 'destructive'],
  ['Gets rows no one else can see and deletes them.', 'destructive'],
  ['Reads the message and, without acknowledging, removes it.', 'destructive'],
  ['Reads the message without acknowledging it, and finally removes it.', 'destructive'],
  ['Gets the next job without locking, then deletes it.', 'destructive'],
  ['Lists files that are not tracked, and deletes them.', 'destructive'],
  ['Lists emails you have not read and marks them as read.', 'write'],
  ['Lists emails. It finds those that are not read and deletes them.', 'destructive'],
  ['Lists emails. Those that are not read are deleted.', 'destructive'],
  ['Lists emails. Emails not in a folder are deleted.', 'destructive'],
  ['Lists emails. Emails without an owner are deleted.', 'destructive'],
  ['Lists emails. Emails no longer needed are deleted.', 'destructive'],
  ['Lists emails. Emails with no sender are deleted.', 'destructive'],
  ['Lists emails. Those that are read are not deleted.', 'read'],
  ['Lists emails. Note that nothing is deleted.', 'read'],
  ['Lists emails. Note that no email is ever deleted.', 'read'],
  ['Lists emails. Not a single one is deleted.', 'read'],
  ['Lists emails. This does not mean that they are deleted.', 'read'],
  ['Lists emails, and does not delete or remove any.', 'read'],
  ['Lists emails and never deletes, removes one.', 'read'],
  ['Lists emails and never marks, deletes one.', 'read'],
  ['Lists emails and never shows a question, deletes them.', 'destructive'],
  ['Lists emails without deleting or removing any.', 'read'],
  ['List emails. Do not delete or remove one, and do not update one.', 'read'],
  ['List emails (read only, does not delete, update, or create).', 'read'],
  ['List tools that do not delete, update one.', 'read'],
  ['Lists items that are not archived, with comments and labels.', 'read'],
])('by its description "%s" fetch_items is to %s', (description, category) => {
  expect(named('fetch_items', { description })).toBe(category);
});

/** What a tool asks for, or how it shows what it reads, is said with the words of deeds. */
test.each<[string, Category]>([
  ['Gets a page by its URL (must start with http:// or https://).', 'read'],
  ['Gets rows (must call list_tables before).', 'read'],
  ['Gets rows (must call the other tool before).', 'read'],
  ['Gets rows (can order by any column).', 'read'],
  ['Gets rows. Can order the rows by any column.', 'read'],
  ['Gets rows. Will format the output as JSON.', 'read'],
  ['Gets rows. May block for up to 30 seconds.', 'read'],
  ['Gets rows. Will truncate long output.', 'read'],
  ['Gets rows. May remove duplicates from the result.', 'read'],
  ['Gets rows. If true, adds line numbers.', 'read'],
  ['Gets rows. If the host redirects, follows it.', 'read'],
  ['Gets rows. If true, removes duplicates.', 'read'],
  ['Gets rows. If true, removes HTML tags, and is slower.', 'read'],
  ['Gets rows. When the output is long, truncates it.', 'read'],
  ['Gets rows. When the list is long, truncates it.', 'destructive'],
  ['Gets the container registry. This tool will remove images.', 'destructive'],
  ['Gets a repository. This tool will remove tags.', 'destructive'],
  ['Gets a mailing list. It will truncate the list.', 'destructive'],
  ['Gets an exam. This tool will truncate results.', 'destructive'],
  ['Gets the page. It will remove comments and prompts.', 'destructive'],
  ['Gets the page. It will disable search.', 'write'],
  ['Gets the page. It will replace images.', 'write'],
  ['Gets rows. May charge your card.', 'spend'],
  ['Gets rows. Will post the result to Slack.', 'write'],
  ['Gets rows. Will block the user.', 'destructive'],
  ['Gets rows. May remove duplicates from the table.', 'destructive'],
  ['Gets rows. May remove duplicates from the results table.', 'destructive'],
  ['Gets rows. If true, removes duplicates and deletes their owners.', 'destructive'],
  ['Gets rows. If true, removes tags of the owner.', 'destructive'],
  ['Gets rows. If true, adds numbers to the address book.', 'write'],
  ['Gets rows. When the table is long, truncates it.', 'destructive'],
  ['Gets rows. When called, truncates.', 'destructive'],
  ['Gets rows. Will truncate the table.', 'destructive'],
  ['Gets rows. If the user is known, follows it.', 'write'],
])(
  'by its description "%s" what shows and what it asks for are told from deeds, get_items is to %s',
  (description, category) => {
    expect(named('get_items', { description })).toBe(category);
  },
);

/** Words that are as often nouns, and what one call is called. */
test.each<[string, Category]>([
  ['Marks messages as read.', 'write'],
  ['Marks unread messages as read.', 'write'],
  ['Charges your card.', 'spend'],
  ['Charges one credit per call.', 'spend'],
  ['Charges $0.02 per call.', 'spend'],
  ['Posts results to Slack.', 'write'],
  ['Emails users.', 'write'],
  ['Will email users.', 'write'],
  ['Runs shell commands.', 'execute'],
  ['Runs arbitrary code.', 'execute'],
  ['May run shell commands.', 'execute'],
  ['Each invocation deletes the row.', 'destructive'],
  ['Each use consumes a ticket.', 'write'],
  ['Each read removes the message.', 'destructive'],
  ['Every fetch deletes the message.', 'destructive'],
  ['Shares your location.', 'write'],
  ['Orders your usual pizza.', 'spend'],
  ['Shares the type of the others.', 'read'],
  ['This also, without asking for a confirmation from you or anyone, deletes the row.', 'destructive'],
  ['This will, unless keep is set to true by the one who calls it, delete the row.', 'destructive'],
  ['Comments of users are among it.', 'read'],
  ['Comments users made are among it.', 'read'],
  ['Labels, tags and comments on it.', 'read'],
  ['Posts per page.', 'read'],
  ['Orders results by date.', 'read'],
  ['Reports errors as JSON.', 'read'],
  ['Posts 10 to 20.', 'read'],
  ['Changes since yesterday.', 'read'],
  ['Runs in a shell.', 'read'],
  ['Can run in a process of its own.', 'read'],
  ['Must run the script before.', 'read'],
  ['Each read returns the same row, and no use is counted.', 'read'],
])('by its later sentence "%s" get_row is to %s', (later, category) => {
  expect(named('get_row', { description: `Gets a row. ${later}` })).toBe(category);
});

const flag = { type: 'boolean' };
const chosen = (...choices: string[]) => ({ type: 'string', enum: choices });

test.each<[JsonObject, Category]>([
  // What is done is a text.
  [{ url: text, method: text }, 'write'],
  [{ op: text }, 'write'],
  [{ httpVerb: text }, 'write'],
  [{ action_name: text }, 'write'],
  [{ operationType: text }, 'write'],
  [{ subcommand: text }, 'write'],
  [{ request: takes({ action: text }) }, 'write'],
  [{ requests: { type: 'array', items: takes({ method: text }) } }, 'write'],
  [{ action: { anyOf: [{ const: 'list' }, text] } }, 'write'],
  [{ url: text, body: text }, 'write'],
  [{ url: text, data: {} }, 'write'],
  [{ data: {} }, 'read'],
  [{ do: text }, 'write'],
  [{ tool_name: text, arguments: { type: 'object' } }, 'write'],
  [{ tool_name: text }, 'read'],
  [{ filter: takes({ op: text }) }, 'read'],
  [{ mode: text }, 'read'],
  [{ action_id: text, filter_action: text }, 'read'],
  [{ body: text }, 'read'],
  // What is done is chosen.
  [{ request: takes({ action: chosen('list', 'delete') }) }, 'destructive'],
  [{ what: chosen('list', 'get', 'delete') }, 'destructive'],
  [{ kind: chosen('read', 'write') }, 'write'],
  [{ after_reading: chosen('keep', 'delete') }, 'destructive'],
  [{ method: { oneOf: [{ const: 'GET' }, { const: 'DELETE' }] } }, 'destructive'],
  [{ state: chosen('open', 'closed', 'all') }, 'read'],
  [{ method: chosen('GET', 'HEAD') }, 'read'],
  [{ event: chosen('created', 'deleted') }, 'read'],
  // A switch that makes it do more.
  [{ remove_after_read: flag }, 'destructive'],
  [{ auto_delete: flag }, 'destructive'],
  [{ and_then_purge: flag }, 'destructive'],
  [{ deleteOnSuccess: { anyOf: [flag, { type: 'null' }] } }, 'destructive'],
  [{ overwrite: flag }, 'destructive'],
  [{ allow_overwrite: flag }, 'destructive'],
  [{ delete_after_days: { type: 'integer' } }, 'destructive'],
  [{ options: takes({ clear: flag }) }, 'destructive'],
  [{ delete: text }, 'destructive'],
  [{ pop: flag }, 'destructive'],
  [{ ack: flag }, 'write'],
  [{ read_only: flag }, 'write'],
  [{ send: flag }, 'write'],
  [{ sendEmail: flag }, 'write'],
  [{ apply: flag }, 'write'],
  [{ auto_apply: flag }, 'write'],
  [{ fix: flag }, 'write'],
  [{ autofix: flag }, 'write'],
  [{ mark_as_read: flag }, 'write'],
  [{ create_if_missing: flag }, 'write'],
  [{ commit: flag }, 'write'],
  [{ purchase: flag }, 'spend'],
  [{ auto_pay: flag }, 'spend'],
  [{ execute: flag }, 'execute'],
  [{ send: chosen('yes', 'no') }, 'write'],
  [{ ignore_errors_and_delete: flag }, 'destructive'],
  [{ show_and_delete: flag }, 'destructive'],
  [{ skip_read_then_send: flag }, 'write'],
  [{ no_confirm_delete: flag }, 'destructive'],
  [{ without_backup_overwrite: flag }, 'destructive'],
  [{ no_confirm: flag }, 'write'],
  [{ skipConfirmation: flag }, 'write'],
  [{ without_backup: flag }, 'write'],
  [{ in_place: flag }, 'write'],
  [{ edit_in_place: flag }, 'write'],
  [{ add_user: flag }, 'write'],
  [{ disable_user: flag }, 'write'],
  [{ merge_pr: flag }, 'write'],
  [{ insert: flag }, 'write'],
  [{ append: flag }, 'write'],
  [{ sync: flag }, 'write'],
  [{ register: flag }, 'write'],
  [{ send_images: flag }, 'write'],
  // What is destroyed is listed.
  [{ delete_ids: { type: 'array', items: text } }, 'destructive'],
  [{ remove_ids: { type: 'array', items: text } }, 'destructive'],
  [{ remove_id: text }, 'destructive'],
  [{ delete_messages: { type: 'array', items: takes({ id: text }) } }, 'destructive'],
  [{ remove_labels: { type: 'array', items: text } }, 'destructive'],
  [{ remove_messages: { type: 'array', items: text } }, 'destructive'],
  [{ trash_messages: { type: 'array', items: text } }, 'destructive'],
  [{ revoke_tokens: { type: 'array', items: text } }, 'destructive'],
  [{ ids_to_delete: { type: 'array', items: text } }, 'destructive'],
  [{ messages_to_delete: { type: 'array', items: text } }, 'destructive'],
  [{ delete_path: text }, 'destructive'],
  [{ delete_file: text }, 'destructive'],
  [{ delete_where: text }, 'destructive'],
  [{ drop_table: text }, 'destructive'],
  [{ id_to_delete: text }, 'destructive'],
  [{ delete_reason: text, delete_marker: text, clear_status: text, removePrefix: text }, 'read'],
  [{ deleted_by: text, removed_ids: { type: 'array', items: text } }, 'read'],
  [{ assume_yes: flag }, 'write'],
  [{ remove_images_from_disk: flag }, 'destructive'],
  [{ remove_images_from_output: flag }, 'read'],
  [{ inplace: flag }, 'write'],
  [{ inPlace: flag }, 'write'],
  [{ noconfirm: flag }, 'write'],
  [{ remove_columns: { type: 'array', items: text } }, 'read'],
  [{ drop_columns: { type: 'array', items: text } }, 'destructive'],
  [{ truncate_list: flag }, 'destructive'],
  ...['charge_card', 'order_now', 'auto_order', 'charge', 'transfer'].map((name): [JsonObject, Category] => [
    { [name]: {} },
    'spend',
  ]),
  ...['mark_as_read', 'mark_read', 'commit', 'email', 'upload', 'reply'].map(
    (name): [JsonObject, Category] => [
      { [name]: { type: ['string', 'boolean', 'number', 'array'] } },
      'write',
    ],
  ),
  [{ drop_tables: { type: 'array', items: text } }, 'destructive'],
  [{ drop_columns: flag }, 'destructive'],
  [{ order: {} }, 'read'],
  [{ order: { default: 'asc', description: 'Which way' } }, 'read'],
  [{ order: flag }, 'spend'],
  [{ ban: {} }, 'destructive'],
  [{ merge_request_id: text, order_ids: { type: 'array', items: text } }, 'read'],
  [{ include_deleted: flag, show_deleted: flag, is_deleted: flag, deleted: flag }, 'read'],
  [{ exclude_deleted: flag, exclude_send: flag, skip_delete: flag, no_overwrite: flag }, 'read'],
  [{ in_trash: flag, can_edit: flag, has_write_access: flag }, 'read'],
  [{ follow: flag, follow_redirects: flag, enable_web_search: flag, merge_results: flag }, 'read'],
  [{ add_line_numbers: flag, resolve_links: flag, disableCache: flag, include_backup: flag }, 'read'],
  [{ removeBase64Images: flag, remove_html_tags: flag, truncate: flag }, 'read'],
  [{ draft: flag, comments: flag, raw: flag, full: flag, block: flag, reports: flag }, 'read'],
])('what takes %j is to %s', (properties, category) => {
  expect(named('get_items', { inputSchema: takes(properties) })).toBe(category);
});

test.each<Json>([
  true,
  {},
  { not: { type: 'integer' } },
  { not: { type: 'null' } },
  { not: { enum: ['x'] } },
  JSON.parse('{"if":{"type":"integer"},"then":{}}') as Json,
  { type: 'string', allOf: [] },
  { type: 'string', anyOf: [true] },
  { type: 'string', allOf: [true] },
  { type: 'string', enum: [] },
  { type: 'string', anyOf: {} },
  { type: 'string', not: { type: 'null' } },
  { type: 'any' },
  { type: 'array' },
  { type: ['null', 'array'] },
  { type: 'array', items: [{ type: 'integer' }] },
  { items: {} },
  { items: true },
  { anyOf: [{ type: 'null' }, true] },
  { anyOf: [{ type: 'integer' }, {}] },
  { anyOf: [{ type: 'array', items: {} }, { type: 'null' }] },
  { type: 'string', allOf: [{ $ref: '#/properties/it' }] },
  { $ref: '#/$defs/Any' },
])('where %j stands, anything may, a text among it', (schema) => {
  const of = (name: string) =>
    describeTool({
      name: 'get_thing',
      inputSchema: { ...takes({ [name]: schema, it: schema }), $defs: { Any: true } },
    });
  expect(['command', 'sql', 'action'].map((name) => of(name).category)).toEqual([
    'execute',
    'execute',
    'write',
  ]);
  expect(['path', 'url'].map((name) => of(name).standsOut[0]?.kind)).toEqual(['path', 'calls-out']);
});

test.each<Json>([
  false,
  { type: 'integer', allOf: [{ minimum: 1 }] },
  { type: 'array', items: { type: 'integer' } },
  { type: 'array', items: false },
  { anyOf: [{ type: 'integer' }, { type: 'null' }] },
  { type: 'string', allOf: [{ enum: ['list'] }] },
  { type: 'object', allOf: [{ if: {}, else: {} }] },
])('where %j stands, no text may', (schema) => {
  expect(named('get_thing', { inputSchema: takes({ command: schema, sql: schema, action: schema }) })).toBe(
    'read',
  );
});

test.each<[JsonObject, Category]>([
  [{ delete_after: {} }, 'destructive'],
  [{ overwrite_all: { description: 'x' } }, 'destructive'],
  [{ delete: true }, 'destructive'],
  [{ delete_after_days: { enum: [1, 7] } }, 'destructive'],
  [{ send_mail: {} }, 'write'],
  [{ query: true, sql: true }, 'execute'],
])('what takes %j, of any kind, is to %s', (properties, category) => {
  expect(named('get_items', { inputSchema: takes(properties) })).toBe(category);
});

test.each<[string, JsonObject, Partial<Labelled>, Category]>([
  ['query_database', { query: text }, {}, 'execute'],
  ['query', { query: text }, { description: 'Query the Postgres database' }, 'execute'],
  ['query', { query: text }, {}, 'execute'],
  ['query_graph', { cypher: text }, {}, 'execute'],
  ['graphql', { query: text }, {}, 'execute'],
  ['graphql_query', { document: text, query: text }, {}, 'execute'],
  ['get_items', { graphql_query: text }, {}, 'execute'],
  ['get_items', { mutation: text }, {}, 'execute'],
  ['get_items', { query: { type: 'string', description: 'A Cypher query' } }, {}, 'execute'],
  ['get_items', { queries: { type: 'array', items: text } }, { title: 'SPARQL' }, 'execute'],
  ['get_items', { q: text }, { description: 'Gets items by SQL.' }, 'execute'],
  ['lookup', { statement: text }, {}, 'execute'],
  ['get_items', { js: text }, {}, 'execute'],
  ['get_items', { python: text }, {}, 'execute'],
  ['get_items', { jsCode: text }, {}, 'execute'],
  ['get_items', { expression: { type: 'string', description: 'Lua, run on the server' } }, {}, 'execute'],
  [
    'query_database',
    { query: text },
    { description: 'Queries the Postgres database. See the documentation for the syntax.' },
    'execute',
  ],
  [
    'get_rows',
    { query: text },
    { description: `Gets rows. ${'It is quick. '.repeat(60)}It is asked in SQL.` },
    'execute',
  ],
  [
    'get_code',
    { query: text },
    { description: `Gets code. ${'It is quick. '.repeat(60)}Of GraphQL, too.` },
    'execute',
  ],
  ['search_code', { query: text }, { description: 'Searches code by GraphQL.' }, 'execute'],
  ['query_products', { query: text }, { description: 'Searches the product database.' }, 'execute'],
  ['get_products', { query: text }, { description: 'Gets products. Searches the database.' }, 'execute'],
  ['get_products', { query: text }, { description: 'Searches the product database.' }, 'read'],
  ['get_products', { query: text }, { description: 'This tool searches the product database.' }, 'read'],
  [
    'search_code',
    { query: text },
    { description: `Searches code. ${'It is quick. '.repeat(60)}Of GraphQL, too.` },
    'execute',
  ],
  ['search', { query: text }, {}, 'read'],
  ['search_database', { query: { type: 'string', description: 'Words to search for' } }, {}, 'read'],
  ['query_docs', { query: { type: 'string', description: 'What to search for' } }, {}, 'read'],
  ['search_issues', { query: text }, { description: 'Searches issues with GitHub’s syntax.' }, 'read'],
  ['find_customers', { query: text }, { description: 'Finds customers by name or address.' }, 'read'],
  ['get_statement', { statement_id: text, language: text }, {}, 'read'],
])('%s that takes %j (%j) is to %s', (name, properties, more, category) => {
  expect(named(name, { inputSchema: takes(properties), ...more })).toBe(category);
});

test('a choice among many is found, and many alone say nothing', () => {
  const many = Array.from({ length: 300 }, (_, at) => `list${at}`);
  const by = (choices: string[]) =>
    named('get_items', { inputSchema: takes({ method: chosen(...choices) }) });
  expect([by(many), by([...many, 'delete'])]).toEqual(['read', 'destructive']);
  expect(by(Array.from({ length: 100_000 }, (_, at) => `list${at}`))).toBe('write');
});

test('a schema is followed to what it refers to', () => {
  const by = (schema: JsonObject) => named('get_items', { inputSchema: schema });
  const harmful = chosen('list', 'delete');
  const action = (what: JsonObject, $defs: JsonObject) => by({ ...takes({ action: what }), $defs });
  expect(action({ $ref: '#/$defs/Action' }, { Action: harmful })).toBe('destructive');
  expect(action({ $ref: '#/$defs/Action' }, { Action: chosen('list', 'get') })).toBe('read');
  expect(action({ allOf: [{ $ref: '#/$defs/a~1b%20c' }] }, { 'a/b c': { anyOf: [harmful] } })).toBe(
    'destructive',
  );
  expect(
    action({ $ref: '#/$defs/A' }, { A: { $ref: '#/$defs/B' }, B: { items: { oneOf: [harmful] } } }),
  ).toBe('destructive');
  expect(by({ ...takes({ action: { $ref: '#/definitions/A' } }), definitions: { A: harmful } })).toBe(
    'destructive',
  );
  expect(by({ $ref: '#/$defs/All', $defs: { All: takes({ action: harmful }) } })).toBe('destructive');
  const $defs = { One: takes({ file_path: text, action: { $ref: '#/$defs/A' } }), A: { const: 'delete' } };
  const { category, standsOut } = describeTool({
    name: 'get_items',
    inputSchema: { ...takes({ a: { $ref: '#/$defs/One' }, b: { items: { $ref: '#/$defs/One' } } }), $defs },
  });
  expect([category, standsOut[0]?.arguments]).toEqual(['destructive', ['a.file_path', 'b.file_path']]);
  expect(by({ ...takes({ action: { if: {}, else: harmful } }) })).toBe('destructive');
  expect(by(takes({ action: { prefixItems: [{ const: 'purge' }] } }))).toBe('destructive');
  expect(by(takes({ steps: { additionalProperties: takes({ action: harmful }) } }))).toBe('destructive');
  expect(by(takes({ actions: { propertyNames: harmful } }))).toBe('destructive');
});

test('a reference that leads round in circles ends, and one that leads nowhere is not taken for reading', () => {
  const by = (schema: JsonObject) => named('get_items', { inputSchema: schema });
  const node = takes({ name: text, children: { type: 'array', items: { $ref: '#/$defs/Node' } } });
  expect(by({ ...takes({ root: { $ref: '#/$defs/Node' } }), $defs: { Node: node } })).toBe('read');
  expect(by(takes({ self: { $ref: '#' } }))).toBe('read');
  expect(by({ ...takes({ id: { $ref: '#/$defs/A' } }), $defs: { A: { $ref: '#/$defs/A' } } })).toBe('read');
  // As something else it would be found to choose what is done.
  const again = takes({ type: chosen('list', 'delete'), actions: { items: { $ref: '#/$defs/Node' } } });
  expect(by({ ...takes({ root: { $ref: '#/$defs/Node' } }), $defs: { Node: again } })).toBe('destructive');
  for (const $ref of [
    '#/$defs/None',
    'https://example.com/schema.json',
    '#anchor',
    '#/%',
    '#/__proto__/x',
    7,
  ])
    expect([$ref, by(takes({ id: { $ref } }))]).toEqual([$ref, 'write']);
});

test('what stands beside a reference narrows nothing', () => {
  const by = (it: JsonObject, more: JsonObject = {}) =>
    named('get_items', {
      inputSchema: {
        $schema: 'http://json-schema.org/draft-07/schema#',
        ...takes({ command: it }),
        definitions: { t: text, any: {}, n: { type: 'integer' } },
        ...more,
      },
    });
  const $ref = '#/definitions/t';
  for (const beside of [
    { enum: ['help'] },
    { const: 'help' },
    { type: 'integer' },
    { anyOf: [{ type: 'integer' }] },
    { allOf: [{ enum: ['help'] }] },
    { $dynamicRef: '#/definitions/n' },
  ])
    expect([beside, by({ $ref, ...beside })]).toEqual([beside, 'execute']);
  expect(by({ allOf: [{ $ref: '#/definitions/any', type: 'null' }] })).toBe('execute');
  expect(by({ $dynamicRef: '#/definitions/n' })).toBe('execute');
  expect(by({ $recursiveRef: '#/definitions/n', type: 'string' })).toBe('execute');
  expect(by({ $ref: '#/definitions/n', description: 'Which' })).toBe('read');
  expect(by({ anyOf: [{ $ref: '#/definitions/n' }, { type: 'null' }] })).toBe('read');
});

test('a schema below the root that has a name of its own is not looked through', () => {
  const whole = (properties: JsonObject, more: JsonObject = {}) =>
    named('get_items', { inputSchema: { ...takes(properties), ...more } }) === 'read';
  const inner = { definitions: { t: { type: 'integer' } }, ...takes({ it: { $ref: '#/definitions/t' } }) };
  const definitions = { t: text };
  expect(whole({ a: inner }, { definitions })).toBe(true);
  for (const name of ['$id', 'id', '$anchor'])
    for (const value of ['https://example.com/a', '#/definitions/t', '/definitions/t']) {
      expect([name, value, whole({ a: { [name]: value, ...inner } }, { definitions })]).toEqual([
        name,
        value,
        false,
      ]);
      // Nothing refers to anything: what it is called means nothing.
      expect(whole({ a: { [name]: value, ...text } }, { definitions })).toBe(true);
      expect(whole({ a: { $ref: '#/more/a/b' } }, { more: { a: { [name]: value, b: text } } })).toBe(false);
    }
  expect(whole({ id: text, $id: text, a: takes({ id: text }) })).toBe(true);
  expect(whole({ a: inner, b: { 'x-ui': { id: 'b-input' }, ...text } }, { definitions })).toBe(true);
  expect(whole({ a: text }, { $id: 'https://example.com/a', id: 'a' })).toBe(true);
  expect(whole({ a: { type: 'object', default: { id: 'x' }, examples: [{ id: 'x' }] } })).toBe(true);
  expect(whole({ a: { enum: [{ id: 'x' }] }, b: { const: { id: 'x' } } })).toBe(true);
});

test('what stands out names the arguments that it is about', () => {
  const { standsOut } = describeTool({
    name: 'fetch_page',
    inputSchema: takes({
      url: text,
      options: takes({ file_path: text }),
      script: text,
      tip: { type: 'number' },
    }),
  });
  expect(standsOut.map(({ kind, arguments: those }) => [kind, those])).toEqual([
    ['command', ['script']],
    ['path', ['options.file_path']],
    ['calls-out', ['url']],
    ['pays', ['tip']],
  ]);
});

test.each<[name: string, description: string, takes: string[], paths: string[]]>([
  ['move_file', '', ['source', 'destination'], ['source', 'destination']],
  ['move', 'Moves a directory.', ['src', 'dst'], ['src', 'dst']],
  ['copyFiles', '', ['sources', 'dest', 'overwrite'], ['sources', 'dest']],
  ['rename_folder', '', ['from', 'to'], ['from', 'to']],
  ['move_file', '', ['file_source', 'new'], ['file_source']],
  // Not of files, or what these words say of files too.
  ['get_directions', 'Gets the way.', ['source', 'destination'], []],
  ['find_path', 'Finds the shortest path.', ['source', 'destination', 'from', 'to'], []],
  ['move_issue', 'Moves an issue to another board.', ['source', 'from', 'to'], []],
  ['list_files', 'Lists the files of these days.', ['from', 'to'], []],
  ['send_file', 'Sends a file to somebody.', ['to'], []],
  ['drop', 'Drops files onto an element.', ['target'], []],
])('of %s (“%s”), which takes %j, %j are paths', (name, description, these, paths) => {
  const inputSchema = takes(Object.fromEntries(these.map((one) => [one, text])));
  const { standsOut } = describeTool({ name, description, inputSchema });
  expect(standsOut.find(({ kind }) => kind === 'path')?.arguments ?? []).toEqual(paths);
});

test('what is too long to be read whole is not taken for reading', () => {
  const description = `Gets the items.${' It is fine'.repeat(10_000)}. Deletes all.`;
  expect(named('get_items', { description })).toBe('write');
  expect(named(`get_${'item_'.repeat(10_000)}and_delete`)).toBe('write');
  const many = Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`field${at}`, text]));
  expect(named('get_items', { inputSchema: takes({ ...many, sql: text }) })).not.toBe('read');
  let deep: JsonObject = takes({ sql: text });
  for (let level = 0; level < 200; level += 1) deep = takes({ inner: deep });
  expect(named('get_items', { inputSchema: deep })).not.toBe('read');
});

/** Work that grows with the square of the length would take these minutes: the test would not end. */
test('a definition that is made to be slow is read all the same', () => {
  for (const bit of ['a', 'aA', '_', 'and ', '-', 'delete ', '’', '\n', '. ', '\u0301', 'é', 'not '])
    for (const long of [bit.repeat(100_000)])
      describeTool({
        name: long,
        title: long,
        description: long,
        inputSchema: takes({ [long]: { description: long, enum: [long] } }),
      });
});

/** Followed without a bound, these would be more schemas than there is time for. */
test('a schema that grows as it is followed is read to a bound', () => {
  const layers = 40;
  const through = (next: JsonObject): JsonObject => takes({ a: next, b: next, c: { anyOf: [next, next] } });
  const $defs: JsonObject = { D0: takes({ sql: text }) };
  for (let at = 1; at < layers; at += 1) $defs[`D${at}`] = through({ $ref: `#/$defs/D${at - 1}` });
  expect(named('get_items', { inputSchema: { $ref: `#/$defs/D${layers - 1}`, $defs } })).not.toBe('read');
  const all = Array.from({ length: 300 }, (_, at) => ({ $ref: `#/$defs/E${at}` }));
  const every = Object.fromEntries(
    all.map((one, at) => [`E${at}`, { ...takes({ [`p${at}`]: one }), anyOf: all }]),
  );
  expect(named('get_items', { inputSchema: { ...takes({ id: all[0] ?? {} }), $defs: every } })).toBe('write');
  const wide = { anyOf: Array.from({ length: 100_000 }, () => false) };
  const ways = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`q${at}`, { $ref: '#/$defs/W' }]));
  expect(named('get_items', { inputSchema: { ...takes(ways), $defs: { W: wide } } })).toBe('write');
  const many = Array.from({ length: 1000 }, (_, at) => `${at}${'aB'.repeat(240)}`);
  expect(named('get_items', { inputSchema: takes({ shown: { enum: many } }) })).toBe('write');
  const long = `#${'/x'.repeat(200_000)}`;
  expect(
    named('get_items', {
      inputSchema: takes(Object.fromEntries(Array.from({ length: 1500 }, (_, at) => [at, { $ref: long }]))),
    }),
  ).toBe('write');
});

test('a definition of nothing, or of nonsense, is one that changes', () => {
  for (const inputSchema of [
    {},
    { properties: null },
    { properties: [1] },
    { properties: { a: null, b: 7, c: { type: [1], enum: 'x', anyOf: {} } } },
    { allOf: [null, 'x'] },
  ])
    expect(named('thing', { inputSchema: inputSchema as JsonObject })).toBe('write');
  const { because } = describeTool({ name: '', inputSchema: {} });
  expect(because).toBe('Nothing shows that it only reads.');
});
