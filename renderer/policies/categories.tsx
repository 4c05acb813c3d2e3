import { useRef, useState } from 'react';
import { isJsonObject, type JsonObject, ownMember } from '../../shared/json.ts';
import { ruleAt, setRule } from '../../shared/policy/edit.ts';
import { categoryChoice } from '../../shared/policy/outcome.ts';
import { LUMA } from '../../shared/server-id.ts';
import { type Category, categories } from '../../shared/tool-category.ts';
import { Card } from '../design/card.tsx';
import { Segmented } from '../design/segmented.tsx';
import { CATEGORY_WORDS } from '../text/category-words.ts';
import { CHOICES } from './choices.ts';
import { serverOf } from './for-server.ts';
import { RulePanel, type RulePanelProps } from './rule-panel.tsx';

type CategoriesProps = Pick<RulePanelProps, 'document' | 'onChange' | 'errorAt' | 'onShow'>;

const SEGMENTS = [{ id: 'default', label: 'Default' }, ...CHOICES] as const;

type CategoryChoice = (typeof SEGMENTS)[number]['id'];

const RULES = {
  allow: {},
  ask: { require_approval: true },
  deny: { action: 'deny' },
  hide: { action: 'hide' },
} as const;

/** Rules of tools that are not listed, by what they do. Luma's tools are known: there only where the policy has some. */
export function Categories(props: CategoriesProps) {
  const { document } = props;
  const some = isJsonObject(document) && ownMember(document, 'categories') !== undefined;
  // What the last rule said can be brought back.
  const had = useRef(some);
  had.current ||= some;
  if (!isJsonObject(document) || (!had.current && serverOf(document) === LUMA)) return null;
  return (
    <Card title="Tools not listed, by what they do">
      <p className="mb-4 text-[13px] text-muted">
        {some
          ? 'A tool with a rule of its own goes by that. While it is not known what a tool does, its calls are denied.'
          : 'None has a rule yet: all go by what is said of tools that are not listed.'}
      </p>
      <ul className="flex flex-col gap-4">
        {categories.map((category) => (
          <OneCategory key={category} category={category} {...props} />
        ))}
      </ul>
    </Card>
  );
}

function OneCategory({
  category,
  document,
  onChange,
  errorAt,
  onShow,
}: CategoriesProps & { category: Category }) {
  const place = { category };
  const said = categoryChoice(document, category);
  const [open, setOpen] = useState(false);
  /** What each choice said before another one was made: it brings that back. */
  const left = useRef(new Map<CategoryChoice, JsonObject>());
  // Custom was chosen, and what it says has yet to be written.
  const chosen = open && (said === 'allow' || said === 'ask') ? 'custom' : said;
  const choose = (choice: CategoryChoice) => {
    setOpen(choice === 'custom');
    if (choice === said) return;
    const rule = ruleAt(document, place);
    if (rule !== undefined) left.current.set(said, rule);
    const before = left.current.get(choice);
    if (before !== undefined) return onChange(setRule(document, place, before));
    if (choice === 'default') return onChange(setRule(document, place, undefined));
    // It opens nothing that was closed.
    if (choice === 'custom' && (said === 'allow' || said === 'ask')) return;
    if (choice === 'custom') return onChange(setRule(document, place, RULES.ask));
    onChange(setRule(document, place, RULES[choice]));
  };
  return (
    <li className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
        <span className="font-medium">{CATEGORY_WORDS[category]}</span>
        <Segmented<CategoryChoice>
          label={`What happens to tools of the kind “${CATEGORY_WORDS[category]}”`}
          size="small"
          segments={SEGMENTS}
          chosen={chosen}
          onChoose={choose}
        />
      </div>
      {/* Of what is denied, what the agent is told. */}
      {(chosen === 'custom' || chosen === 'deny') && (
        <div className="rounded-lg border border-line p-3">
          <RulePanel
            document={document}
            place={place}
            names={[]}
            numbers={[]}
            onChange={onChange}
            errorAt={errorAt}
            onShow={onShow}
          />
        </div>
      )}
    </li>
  );
}
