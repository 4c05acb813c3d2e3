import { useCallback, useEffect, useRef, useState } from 'react';
import type { Events, MethodName, Params, Result } from '../../shared/contract.ts';
import { errorWords } from '../text/error-words.ts';
import type { TransportEvent } from '../transport/transport.ts';
import { useTransport } from './use-live.ts';

/** What makes an answer old: something that `changed`, or any event of that name. */
type Refetch = Events['changed']['what'] | 'approval' | 'activity' | 'state';

export interface MethodAnswer<T> {
  /** The last answer; kept while a newer one is on its way, dropped when the parameters change. */
  data: T | undefined;
  /** Why the last try failed, in words; absent once one succeeds. */
  error: string | undefined;
  /** Whether an answer is on its way. */
  loading: boolean;
  /** Asks again; resolves once an answer, or a failure, is in that was asked for from now on. */
  reload: () => Promise<void>;
}

interface Options {
  refetchOn?: readonly Refetch[];
}

/**
 * Asks `method` and keeps the answer fresh: again when `params` change (compared as JSON), after each of
 * `refetchOn`, and after a reconnection. A burst of events asks twice at most. `params` undefined: not now.
 */
export function useMethod<M extends MethodName>(
  method: M,
  params: Params<M> | undefined,
  options: Options = {},
): MethodAnswer<Result<M>> {
  return useAnswer<M, Params<M>, Result<M>>(method, params, askOnce, options);
}

/** The same for each of `params`: their answers in one, which fails where one of them does. */
export function useMethods<M extends MethodName>(
  method: M,
  params: readonly Params<M>[] | undefined,
  options: Options = {},
): MethodAnswer<Result<M>[]> {
  return useAnswer<M, readonly Params<M>[], Result<M>[]>(method, params, askEach, options);
}

type Ask<M extends MethodName, P, T> = (
  call: (params: Params<M>) => Promise<Result<M>>,
  params: P,
) => Promise<T>;

const askOnce = <P, R>(call: (params: P) => Promise<R>, params: P) => call(params);
const askEach = <P, R>(call: (params: P) => Promise<R>, all: readonly P[]) => Promise.all(all.map(call));

function useAnswer<M extends MethodName, P, T>(
  method: M,
  params: P | undefined,
  askFor: Ask<M, P, T>,
  { refetchOn = [] }: Options,
): MethodAnswer<T> {
  const transport = useTransport();
  const key = params === undefined ? undefined : JSON.stringify(params);
  const [answer, setAnswer] = useState<{ key: string; data?: T; error?: string; loading: boolean }>();
  const latest = useRef<() => Promise<void>>(async () => undefined);
  const refetch = refetchOn.join();

  useEffect(() => {
    if (key === undefined) return;
    let over = false;
    const unwanted = new AbortController();
    let running: Promise<void> | undefined;
    let again = false;
    const ask = async (): Promise<void> => {
      do {
        again = false;
        setAnswer((old) => ({ ...(old?.key === key ? old : { key }), loading: true }));
        try {
          const call = (each: Params<M>) => transport.call(method, each, unwanted.signal);
          const data = await askFor(call, JSON.parse(key) as P);
          if (!over) setAnswer({ key, data, loading: again });
        } catch (failed) {
          const error = errorWords(failed);
          if (!over) setAnswer((old) => ({ ...(old?.key === key ? old : { key }), error, loading: again }));
        }
      } while (again && !over);
      running = undefined;
    };
    const load = (): Promise<void> => {
      // A reload while one runs waits for its end: the answer on its way may be older than the event.
      again = running !== undefined;
      running ??= ask();
      return running;
    };
    const names = refetch.split(',');
    const ends = [
      transport.subscribe((event) => {
        if (names.includes(subject(event))) void load();
      }),
      transport.onStatus((status) => {
        if (status === 'online') void load();
      }),
    ];
    latest.current = load;
    void load();
    return () => {
      over = true;
      unwanted.abort();
      for (const end of ends) end();
    };
  }, [transport, method, askFor, key, refetch]);

  const reload = useCallback(() => latest.current(), []);
  const current = answer?.key === key ? answer : undefined;
  return {
    data: current?.data,
    error: current?.error,
    loading: current?.loading ?? key !== undefined,
    reload,
  };
}

function subject(event: TransportEvent): string {
  return event.name === 'changed' ? event.data.what : event.name;
}

export interface Call<M extends MethodName> {
  /**
   * Calls the method. Resolves to its answer, or to undefined when it failed: why is in `error`. `signal` says that
   * nobody waits any more.
   */
  run: (params: Params<M>, signal?: AbortSignal) => Promise<Result<M> | undefined>;
  running: boolean;
  /** Why the last call failed, in words; absent while one runs and once one succeeds. */
  error: string | undefined;
  /** Forgets the error. */
  reset: () => void;
}

/** A method to call when the person asks for it: a save, a revocation, a test. */
export function useCall<M extends MethodName>(method: M): Call<M> {
  const transport = useTransport();
  const [running, setRunning] = useState(0);
  const [error, setError] = useState<string>();
  const run = useCallback<Call<M>['run']>(
    async (params, signal) => {
      setError(undefined);
      setRunning((count) => count + 1);
      try {
        return await transport.call(method, params, signal);
      } catch (failed) {
        setError(errorWords(failed));
        return undefined;
      } finally {
        setRunning((count) => count - 1);
      }
    },
    [transport, method],
  );
  const reset = useCallback(() => setError(undefined), []);
  return { run, running: running > 0, error, reset };
}
