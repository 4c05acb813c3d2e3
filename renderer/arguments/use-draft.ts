import { useState } from 'react';
import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { inexactNumbers } from '../../shared/numbers.ts';

/** The arguments while they are edited: one value, seen as a form and as JSON text. */
export interface Draft {
  /** The last valid value. */
  value: JsonObject;
  text: string;
  /** Why the text is not arguments; the form shows the last value that was. */
  textProblem: string | undefined;
  /** What is typed into the form and is not a value, by the argument's name. */
  problems: ReadonlyMap<string, string>;
  setValue: (value: JsonObject) => void;
  setText: (text: string) => void;
  setProblem: (name: string, problem: string | undefined) => void;
}

/** Begins with `from`. Whichever side is edited, the other follows. */
export function useDraft(from: JsonObject): Draft {
  const [value, setValueOnly] = useState(from);
  const [text, setTextOnly] = useState(() => format(from));
  const [textProblem, setTextProblem] = useState<string>();
  const [problems, setProblems] = useState<ReadonlyMap<string, string>>(new Map());
  return {
    value,
    text,
    textProblem,
    problems,
    setValue(next) {
      setValueOnly(next);
      setTextOnly(format(next));
      setTextProblem(undefined);
    },
    setText(next) {
      setTextOnly(next);
      const read = readArguments(next);
      setTextProblem('problem' in read ? read.problem : undefined);
      if ('problem' in read) return;
      setValueOnly(read.value);
      setProblems(new Map());
    },
    setProblem(name, problem) {
      setProblems((old) => {
        const next = new Map(old);
        if (problem === undefined) next.delete(name);
        else next.set(name, problem);
        return next;
      });
    },
  };
}

/** Reads the JSON text of a call's arguments. */
export function readArguments(text: string): { value: JsonObject } | { problem: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (!isJsonObject(value)) return { problem: 'Arguments are a JSON object: { "name": value, … }.' };
    const [inexact] = inexactNumbers(text);
    return inexact === undefined ? { value } : { problem: `${inexact.pointer}: ${inexact.message}` };
  } catch (error) {
    return { problem: `This is not valid JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function format(value: JsonObject): string {
  return JSON.stringify(value, null, 2);
}
