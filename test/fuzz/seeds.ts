/** Seeds of lives whose books did not balance once: each is lived again in every run of the tests. */
export const seeds: readonly number[] = [
  // A ticket that ran out while Greenlight was stopped stayed open for ever.
  5113, 5131,
  // An answer that a rollback came before was kept on the disk, and not in memory: it could be answered again.
  138,
  // Of a call that waited while a hundred others could not be written, the end was left out.
  9132,
];

/** Of lives with two servers. */
export const seedsOfTwo: readonly number[] = [
  // A call was judged anew, and so asked again, in the millisecond in which its token was exchanged: it waited on, and ran.
  20275,
];
