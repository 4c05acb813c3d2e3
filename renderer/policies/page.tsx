import type { PageProps } from '../navigation/route.ts';
import { useMethod } from '../store/use-method.ts';
import { Editor } from './editor.tsx';
import { PolicyList } from './policy-list.tsx';

/** The policies: the list, or one of them in the editor (`#/policies/<id>`). */
export default function PoliciesPage({ path: [key] }: PageProps) {
  const answer = useMethod('policies.list', {}, { refetchOn: ['policies', 'clients', 'settings'] });
  if (key === undefined) return <PolicyList answer={answer} />;
  return <Editor key={key} draftKey={key} policies={answer.data?.policies} />;
}
