/** The JSON of a policy in CodeMirror: completion from the schema, mistakes marked at their place. */
import {
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { forceLinting, linter, lintKeymap } from '@codemirror/lint';
import { Annotation, EditorState } from '@codemirror/state';
import {
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { SUSPECT } from '../text/visible.ts';
import { type KnownTool, suggestionsAt } from './completion.ts';
import { readText } from './json-text.ts';
import { editorColours, editorTheme } from './json-theme.ts';

export interface JsonEditor {
  /** Shows `text`, as one step that can be undone; nothing happens when it is there already. */
  setText(text: string): void;
  /** Selects a place, brings it into view and takes the focus there. */
  show(place: { from: number; to: number }): void;
  /** Takes the editor away. Returns its state, with what can be undone, for a later one. */
  close(): EditorState;
}

interface EditorParts {
  text: string;
  /** The state of an earlier editor of the same policy. */
  state: EditorState | undefined;
  /** Called with the whole text after each change that the person made. */
  onChange: (text: string) => void;
  /** The tools to suggest, as they are known by then. */
  tools: () => readonly KnownTool[];
}

/** Marks a change that came from outside, which needs not be told back. */
const fromOutside = Annotation.define<true>();

/**
 * Opens the editor in `host`. It lives in a shadow root: there CodeMirror's styles are adopted, while in the
 * document it would add a style element, which the page's Content-Security-Policy refuses.
 */
export function openJsonEditor(host: HTMLElement, parts: EditorParts): JsonEditor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  const view = new EditorView({
    root,
    parent: root,
    state: parts.state ?? EditorState.create({ doc: parts.text, extensions: extensions(parts) }),
  });
  const editor: JsonEditor = {
    setText(text) {
      const change = changeBetween(view.state.doc.toString(), text);
      if (change === undefined) return;
      view.dispatch({ changes: change, annotations: fromOutside.of(true), userEvent: 'input.builder' });
      forceLinting(view);
    },
    show({ from, to }) {
      const last = view.state.doc.length;
      const selection = { anchor: Math.min(from, last), head: Math.min(to, last) };
      view.dispatch({ selection, effects: EditorView.scrollIntoView(selection.anchor, { y: 'center' }) });
      view.focus();
    },
    close() {
      const { state } = view;
      view.destroy();
      return state;
    },
  };
  editor.setText(parts.text);
  return editor;
}

function extensions({ onChange, tools }: EditorParts) {
  return [
    lineNumbers(),
    history(),
    // What cannot be seen is a dot with a name, in text that came from elsewhere as everywhere.
    highlightSpecialChars({ specialChars: new RegExp(SUSPECT.source, 'gu') }),
    json(),
    indentUnit.of('  '),
    EditorState.tabSize.of(2),
    EditorView.lineWrapping,
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    autocompletion({ override: [(context) => complete(context, tools())], icons: false }),
    linter((view) => diagnostics(view.state.doc.toString()), { delay: 200 }),
    syntaxHighlighting(editorColours),
    editorTheme,
    EditorView.contentAttributes.of({
      'aria-label': 'The policy as JSON. Escape, then Tab, leaves the editor.',
      // It scrolls, and takes the focus: said in so many words, since not every tool sees it.
      tabindex: '0',
      spellcheck: 'false',
      autocapitalize: 'off',
    }),
    keymap.of([
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...lintKeymap,
      ...historyKeymap,
      ...defaultKeymap,
      indentWithTab,
    ]),
    EditorView.domEventHandlers({ beforeinput: replaceSelection }),
    EditorView.updateListener.of((update) => {
      const outside = update.transactions.every((each) => each.annotation(fromOutside) === true);
      if (update.docChanged && !outside) onChange(update.state.doc.toString());
    }),
  ];
}

/**
 * Text that replaces a selection goes into the state directly. The browser's own way keeps the look of what
 * was selected in a style attribute, which the page's Content-Security-Policy refuses and complains about.
 */
function replaceSelection(event: InputEvent, view: EditorView): boolean {
  const { data, inputType } = event;
  const { main, ranges } = view.state.selection;
  if (inputType !== 'insertText' || data === null || main.empty || ranges.length > 1 || view.composing) {
    return false;
  }
  const insert = () =>
    view.state.update(view.state.replaceSelection(data), { userEvent: 'input.type', scrollIntoView: true });
  const handlers = view.state.facet(EditorView.inputHandler);
  if (!handlers.some((handle) => handle(view, main.from, main.to, data, insert))) view.dispatch(insert());
  event.preventDefault();
  return true;
}

function diagnostics(text: string) {
  return readText(text).problems.map(({ from, to, message }) => ({
    from,
    to,
    severity: 'error' as const,
    message,
  }));
}

function complete(context: CompletionContext, tools: readonly KnownTool[]): CompletionResult | null {
  const found = suggestionsAt(context.state.doc.toString(), context.pos, tools);
  if (found === undefined) return null;
  if (!context.explicit && found.from === context.pos) return null;
  return {
    from: found.from,
    to: found.to,
    options: found.suggestions.map(({ label, insert }) => ({
      // What was typed begins with the quote, so what it is compared with does too.
      label: /^"(?:[^"\\]|\\.)*"/.exec(insert)?.[0] ?? insert,
      displayLabel: label,
      apply: (view, _completion, from, to) => {
        const into = /(?:\{\}|\[\]|: "")$/.test(insert) ? insert.length - 1 : insert.length;
        view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + into } });
      },
    })),
  };
}

/** The one piece in which two texts differ; undefined when they are the same. */
function changeBetween(before: string, after: string) {
  if (before === after) return undefined;
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start++;
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) };
}
