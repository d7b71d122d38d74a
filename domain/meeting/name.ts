/** The meeting's name: summary of the calendar event and subject of the activity (ACT-01). */
export const meetingName = (
  type: string,
  admin: { first_name: string; last_name: string } | null,
): string => {
  const name = [admin?.first_name, admin?.last_name]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
  const what = type === 'support' ? 'TutorCruncher support meeting' : 'TutorCruncher demo';
  return name === '' ? what : `${what} with ${name}`;
};
