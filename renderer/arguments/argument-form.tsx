import { Plus, X } from 'lucide-react';
import type { JsonObject } from '../../shared/json.ts';
import { AgentText } from '../design/agent-text.tsx';
import { Button, IconButton } from '../design/button.tsx';
import { Field } from '../design/field.tsx';
import { Menu, MenuItem } from '../design/menu.tsx';
import { marked } from '../text/visible.ts';
import { ArgumentControl } from './argument-control.tsx';
import { argumentFields, withArgument } from './fields.ts';

interface ArgumentFormProps {
  /** The tool's JSON Schema; undefined where it is not known. */
  schema: JsonObject | undefined;
  /** Whether the schema is still on its way: which arguments may be left out is not known yet. */
  loading?: boolean;
  value: JsonObject;
  onChange: (value: JsonObject) => void;
  /** What is typed and is not a value, by the argument's name. */
  problems: ReadonlyMap<string, string>;
  onProblem: (name: string, problem: string | undefined) => void;
}

/** The arguments of a call as a form. An argument that is not in the call is not in the form; it can be added. */
export function ArgumentForm({
  schema,
  loading = false,
  value,
  onChange,
  problems,
  onProblem,
}: ArgumentFormProps) {
  const fields = argumentFields(schema, value);
  const present = fields.filter((field) => field.value !== undefined);
  const absent = fields.filter((field) => field.value === undefined);
  return (
    <div className="flex flex-col gap-4">
      {present.map((field) => (
        <div key={field.name} className="flex items-start gap-1">
          <Field
            className="flex-1"
            label={<AgentText text={field.name} brief limit={80} />}
            hint={
              field.description !== undefined && (
                <span className="hostile line-clamp-2" title={marked(field.description)}>
                  <AgentText text={field.description} brief limit={200} />
                </span>
              )
            }
            error={problems.get(field.name)}
          >
            <ArgumentControl
              field={field}
              value={field.value ?? null}
              onChange={(next) => onChange(withArgument(value, field.name, next))}
              onProblem={(problem) => onProblem(field.name, problem)}
            />
          </Field>
          {!field.required && !loading && (
            <IconButton
              label={`Leave out ${field.name}`}
              size="small"
              icon={<X />}
              className="mt-6"
              onClick={() => {
                onProblem(field.name, undefined);
                onChange(withArgument(value, field.name, undefined));
              }}
            />
          )}
        </div>
      ))}
      {present.length === 0 && <p className="text-muted">The call has no arguments.</p>}
      {absent.length > 0 && (
        <Menu
          trigger={
            <Button size="small" icon={<Plus />} className="self-start">
              Add an argument
            </Button>
          }
        >
          {absent.map((field) => (
            <MenuItem
              key={field.name}
              onSelect={() => onChange(withArgument(value, field.name, field.initial))}
            >
              <AgentText text={field.name} brief limit={60} />
            </MenuItem>
          ))}
        </Menu>
      )}
    </div>
  );
}
