/** The three prompts of the Luma server, in Greenlight's own words. */
export const sandboxPrompts = [
  {
    name: 'luma_video_generation_guide',
    description: 'Which tool makes which video.',
    text: [
      '# Making a video',
      '- Only words: `luma_generate_video` with a `prompt`.',
      '- From a picture: `luma_generate_video_from_image` with `start_image_url`, `end_image_url` or both.',
      '- Longer: `luma_extend_video` with the `video_id` of a finished video, or `luma_extend_video_from_url`.',
      '- A submission answers at once with a `task_id`; call `luma_get_task` until its state is `completed`.',
      '- `aspect_ratio` is 16:9 unless said otherwise; 9:16 suits phones.',
    ].join('\n'),
  },
  {
    name: 'luma_workflow_examples',
    description: 'Steps of common tasks.',
    text: [
      '# Common tasks',
      '1. A clip: `luma_generate_video`, then `luma_get_task` every 15 seconds.',
      '2. A picture that moves: `luma_generate_video_from_image` with `start_image_url`, then `luma_get_task`.',
      '3. A transition: the same with both image URLs.',
      '4. A longer story: finish one video, then `luma_extend_video` with its `video_id` and what happens next.',
      '5. Several at once: submit them all, then `luma_get_tasks_batch` with their ids.',
    ].join('\n'),
  },
  {
    name: 'luma_prompt_suggestions',
    description: 'How to write a prompt that works.',
    text: [
      '# Writing a prompt',
      'Say who or what is seen, where, how it moves, how the camera moves, and in which style and light.',
      '- "A paper boat drifts down a rainy street, low camera, evening light, shallow focus"',
      '- "Slow drone flight over a foggy pine forest at sunrise, cinematic"',
      'One scene per video works better than several.',
    ].join('\n'),
  },
] as const;
