import { type ComponentType, lazy } from 'react';
import type { PageProps, Route } from '../navigation/route.ts';

/** The pages, each loaded when it is first opened. */
export const PAGE_COMPONENTS: Record<Route['page'], ComponentType<PageProps>> = {
  approvals: lazy(() => import('../approvals/page.tsx')),
  videos: lazy(() => import('../videos/page.tsx')),
  policies: lazy(() => import('../policies/page.tsx')),
  clients: lazy(() => import('../clients/page.tsx')),
  servers: lazy(() => import('../servers/page.tsx')),
  activity: lazy(() => import('../activity/page.tsx')),
  settings: lazy(() => import('../settings/page.tsx')),
  welcome: lazy(() => import('../welcome/page.tsx')),
};
