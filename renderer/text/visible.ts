export * from '../../shared/text.ts';
