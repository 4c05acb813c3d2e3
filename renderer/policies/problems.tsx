import { TriangleAlert } from 'lucide-react';
import { AgentText } from '../design/agent-text.tsx';
import { lineOf, type Problem } from './json-text.ts';

interface ProblemsProps {
  text: string;
  problems: readonly Problem[];
  /** Goes to the place of a problem in the JSON. */
  onGo: (problem: Problem) => void;
}

/** Why the policy cannot be saved, and where: each goes to its place. */
export function Problems({ text, problems, onGo }: ProblemsProps) {
  return (
    <section
      aria-label="What is wrong"
      className="max-h-40 shrink-0 overflow-y-auto rounded-xl border border-bad-line bg-bad-soft px-2 py-2"
    >
      <h2 className="flex items-center gap-2 px-2 pb-1 font-semibold text-bad">
        <TriangleAlert />
        {problems.length === 1
          ? 'One mistake: the policy cannot be saved'
          : `${problems.length} mistakes: the policy cannot be saved`}
      </h2>
      <ul>
        {problems.map((problem) => {
          const { line, column } = lineOf(text, problem.from);
          return (
            <li key={`${problem.from} ${problem.pointer} ${problem.message}`}>
              <button
                type="button"
                onClick={() => onGo(problem)}
                className="hostile flex w-full flex-wrap items-baseline gap-x-2 rounded-md px-2 py-0.5 text-left hover:bg-hover"
              >
                <span className="font-mono text-[12.5px]">
                  {problem.pointer === '' ? (
                    `line ${line}, column ${column}`
                  ) : (
                    <AgentText text={problem.pointer} brief limit={100} />
                  )}
                </span>
                <span className="min-w-0">
                  <AgentText text={problem.message} brief limit={400} />
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
