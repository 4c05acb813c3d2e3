/**
 * The schema, as the steps that led to it. A step that has been released is never edited: the next
 * change is a new step. Times are milliseconds since the Unix epoch; documents and arguments are JSON text.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE policies (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
  ) STRICT;

  CREATE TABLE policy_versions (
    policy_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    document TEXT NOT NULL,
    digest TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (policy_id, version)
  ) STRICT;

  CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    label TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    policy_id TEXT,
    hold_seconds INTEGER,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    client_name TEXT,
    client_version TEXT,
    revoked_at INTEGER
  ) STRICT;

  CREATE TABLE sessions (
    id_hash TEXT PRIMARY KEY,
    grant_id TEXT NOT NULL REFERENCES grants (id),
    client_name TEXT,
    client_version TEXT,
    opened_at INTEGER NOT NULL
  ) STRICT;

  -- What calls hold in counters while it is not known whether they run. Few at any time.
  CREATE TABLE reservations (
    id INTEGER PRIMARY KEY,
    counter TEXT NOT NULL,
    amount REAL NOT NULL,
    owner TEXT NOT NULL,
    reserved_at INTEGER NOT NULL
  ) STRICT;

  -- What counts, for one window from settled_at. Clustered by counter: written on every call, so one page.
  CREATE TABLE quota_events (
    counter TEXT NOT NULL,
    settled_at INTEGER NOT NULL,
    owner TEXT NOT NULL,
    amount REAL NOT NULL,
    PRIMARY KEY (counter, settled_at, owner)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE approvals (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    grant_id TEXT NOT NULL REFERENCES grants (id),
    client_name TEXT,
    client_version TEXT,
    session TEXT,
    tool TEXT NOT NULL,
    arguments TEXT NOT NULL,
    digest TEXT NOT NULL,
    policy_id TEXT NOT NULL,
    policy_version INTEGER NOT NULL,
    rule TEXT NOT NULL,
    signals TEXT NOT NULL,
    cost REAL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ticket INTEGER NOT NULL DEFAULT 0,
    decided_at INTEGER,
    reason TEXT,
    edited TEXT,
    ticket_until INTEGER,
    used_at INTEGER
  ) STRICT;
  CREATE INDEX approvals_by_key ON approvals (grant_id, tool, digest, created_at);
  CREATE INDEX approvals_by_state ON approvals (state, created_at);

  CREATE TABLE allowances (
    id TEXT PRIMARY KEY,
    effect TEXT NOT NULL,
    grant_id TEXT NOT NULL REFERENCES grants (id),
    tool TEXT,
    session TEXT,
    created_at INTEGER NOT NULL,
    until INTEGER
  ) STRICT;

  -- 'seq' orders the log. A row is written when the call is judged and again when more is known of it; each
  -- time, a link of the hash chain seals all of it.
  CREATE TABLE activity (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    grant_id TEXT NOT NULL,
    label TEXT NOT NULL,
    client_name TEXT,
    client_version TEXT,
    session TEXT,
    tool TEXT NOT NULL,
    arguments TEXT NOT NULL,
    digest TEXT NOT NULL,
    policy_id TEXT,
    policy_version INTEGER,
    cost REAL,
    approval_id TEXT,
    outcome TEXT NOT NULL,
    rule TEXT NOT NULL,
    message TEXT,
    decided_by TEXT,
    wait_ms INTEGER,
    edited TEXT,
    forwarded INTEGER NOT NULL DEFAULT 0,
    result TEXT,
    latency_ms INTEGER,
    upstream_status INTEGER,
    task_id TEXT
  ) STRICT;
  CREATE INDEX activity_by_grant ON activity (grant_id, at);

  CREATE TABLE activity_chain (
    link INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    content TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;

  CREATE TABLE videos (
    task_id TEXT PRIMARY KEY,
    video_id TEXT,
    state TEXT NOT NULL,
    prompt TEXT,
    tool TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    activity_id TEXT NOT NULL,
    approval_id TEXT,
    created_at INTEGER NOT NULL,
    video_url TEXT,
    thumbnail_url TEXT,
    cost REAL
  ) STRICT;
  CREATE INDEX videos_by_time ON videos (created_at);

  -- The upstream's tool list as it was last read, so that arguments can be judged while it is away.
  CREATE TABLE upstream_tools (
    upstream TEXT PRIMARY KEY,
    tools TEXT NOT NULL,
    digest TEXT NOT NULL,
    read_at INTEGER NOT NULL
  ) STRICT;
  `,
  `
  -- What a call sends beside its arguments.
  ALTER TABLE approvals ADD COLUMN also TEXT NOT NULL DEFAULT '{}';
  ALTER TABLE activity ADD COLUMN also TEXT;

  -- Whose the server's tasks are. 'task_id' is JSON text, so that no two ids become one.
  CREATE TABLE tasks (
    task_id TEXT PRIMARY KEY,
    grant_id TEXT NOT NULL,
    call_id TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- Where Greenlight's own time stood when it was last kept, so that it never goes back.
  CREATE TABLE time_stand (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    now INTEGER NOT NULL,
    wall INTEGER NOT NULL,
    running INTEGER NOT NULL,
    boot TEXT
  ) STRICT;

  -- How many milliseconds the wall clock was ahead of it, from 'since' on.
  CREATE TABLE wall_clock (
    since INTEGER PRIMARY KEY,
    ahead INTEGER NOT NULL
  ) STRICT;

  -- The names of the secrets that the vault was given, so that one that it lost is missed.
  CREATE TABLE kept_secrets (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  `,
  `
  -- How the upstream defines its tools: what the person accepted, and what not yet (accepted_at is null). What was
  -- read before this was kept is accepted; its digest only names it, since not all of a definition was kept.
  CREATE TABLE tool_definitions (
    upstream TEXT NOT NULL,
    digest TEXT NOT NULL,
    definition TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    accepted_at INTEGER,
    PRIMARY KEY (upstream, digest)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO tool_definitions
    SELECT list.upstream, 'before ' || tool.key, tool.value, list.read_at, list.read_at
    FROM upstream_tools AS list, json_each(list.tools) AS tool;

  -- Calls that were told to call again and whose approval is not answered yet: few at any time.
  CREATE INDEX activity_waiting ON activity (approval_id) WHERE outcome = 'waiting';
  `,
  `
  -- What the person accepted of files that other programs can change: JSON text, by the file's name.
  CREATE TABLE accepted (
    name TEXT PRIMARY KEY,
    content TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- What shows that Greenlight wrote a row (see seal.ts), and at 'seals' that no row is gone, nor the end of the log.
  CREATE TABLE seals (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    rows TEXT NOT NULL,
    log TEXT NOT NULL
  ) STRICT;
  ALTER TABLE accepted ADD COLUMN seal TEXT;
  ALTER TABLE allowances ADD COLUMN seal TEXT;
  ALTER TABLE approvals ADD COLUMN seal TEXT;
  ALTER TABLE grants ADD COLUMN seal TEXT;
  ALTER TABLE policies ADD COLUMN seal TEXT;
  ALTER TABLE policy_versions ADD COLUMN seal TEXT;
  ALTER TABLE quota_events ADD COLUMN seal TEXT;
  ALTER TABLE reservations ADD COLUMN seal TEXT;
  ALTER TABLE sessions ADD COLUMN seal TEXT;
  ALTER TABLE tasks ADD COLUMN seal TEXT;
  ALTER TABLE time_stand ADD COLUMN seal TEXT;
  ALTER TABLE tool_definitions ADD COLUMN seal TEXT;
  ALTER TABLE upstream_tools ADD COLUMN seal TEXT;
  ALTER TABLE wall_clock ADD COLUMN seal TEXT;
  `,
  `
  -- How many transactions changed what is sealed: a file beside the database says it too (see witness.ts).
  ALTER TABLE seals ADD COLUMN turns INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- What stood out in a call quoted what it sent, and was kept for ever where that is masked or left out.
  UPDATE approvals
    SET signals = (
      SELECT json_group_array(json(signal.value)) FROM json_each(approvals.signals) AS signal
      WHERE signal.value ->> 'kind' NOT IN ('second-half', 'also', 'webhook', 'host')
    )
    WHERE state <> 'pending' AND (state <> 'allowed' OR used_at IS NOT NULL OR ticket_until IS NULL);
  `,
  `
  -- Of approvals there may be hundreds of thousands; what is asked of them at each question, answer and start is not.
  CREATE INDEX approvals_answered ON approvals (decided_at, created_at) WHERE state <> 'pending';
  CREATE INDEX approvals_allowed ON approvals (grant_id, tool) WHERE state = 'allowed';
  CREATE INDEX approvals_ticket ON approvals (state, ticket_until) WHERE used_at IS NULL;

  -- All rows of the log up to 'seq' are finished: a start looks for what is not only after it.
  CREATE TABLE activity_finished (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL
  ) STRICT;
  `,
  `
  -- Where the log begins, once its oldest rows were pruned: the last link and row that are gone, and the link's hash.
  CREATE TABLE log_anchor (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    link INTEGER NOT NULL,
    hash TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    seal TEXT
  ) STRICT;

  -- A call whose task may go on is not pruned.
  CREATE INDEX tasks_by_call ON tasks (call_id);
  `,
  `
  -- What an allowance is for (JSON text; null: every call of its tool), how much it permits, and what was used of that.
  CREATE TABLE ceilings (
    allowance_id TEXT PRIMARY KEY,
    only_for TEXT,
    most_calls INTEGER,
    most_cost REAL,
    calls INTEGER NOT NULL,
    cost REAL NOT NULL,
    seal TEXT
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- The policy that is watched beside the one that judges: it decides nothing, so nothing of it is sealed here.
  ALTER TABLE grants ADD COLUMN watched_policy_id TEXT;
  -- What it would have done (JSON text), in the row that is sealed as a whole.
  ALTER TABLE activity ADD COLUMN watched TEXT;
  `,
  `
  -- By what way the person answered, in the row that is sealed as a whole.
  ALTER TABLE activity ADD COLUMN answered_by TEXT;
  `,
  `
  -- How a session with a process was opened (JSON text, the parameters of initialize): a new process is told the same.
  ALTER TABLE sessions ADD COLUMN opened_with TEXT;
  `,
  `
  -- Which servers a grant is for, with its policy on each (JSON text; null: 'luma' alone, by 'policy_id'), and which
  -- server the rest is of (null: 'luma').
  ALTER TABLE grants ADD COLUMN servers TEXT;
  ALTER TABLE sessions ADD COLUMN server TEXT;
  ALTER TABLE approvals ADD COLUMN server TEXT;
  ALTER TABLE allowances ADD COLUMN server TEXT;
  ALTER TABLE activity ADD COLUMN server TEXT;

  -- Two servers may call two videos the same.
  ALTER TABLE videos RENAME TO videos_of_luma;
  DROP INDEX videos_by_time;
  CREATE TABLE videos (
    server TEXT NOT NULL,
    task_id TEXT NOT NULL,
    video_id TEXT,
    state TEXT NOT NULL,
    prompt TEXT,
    tool TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    activity_id TEXT NOT NULL,
    approval_id TEXT,
    created_at INTEGER NOT NULL,
    video_url TEXT,
    thumbnail_url TEXT,
    cost REAL,
    PRIMARY KEY (server, task_id)
  ) STRICT;
  INSERT INTO videos SELECT 'luma', * FROM videos_of_luma;
  DROP TABLE videos_of_luma;
  CREATE INDEX videos_by_time ON videos (created_at);
  `,
  `
  -- What the person says that a tool does, where its definition was taken for something else.
  CREATE TABLE tool_categories (
    upstream TEXT NOT NULL,
    digest TEXT NOT NULL,
    category TEXT NOT NULL,
    seal TEXT,
    PRIMARY KEY (upstream, digest)
  ) STRICT, WITHOUT ROWID;
  `,
];
