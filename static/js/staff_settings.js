// The settings page of the admin: "Reset to default" puts a setting's default into its field.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".reset-link");
  if (!link) return;
  event.preventDefault();
  const field = document.getElementById(link.dataset.fieldId);
  const value = link.dataset.default.trim();
  if (field.type === "checkbox") field.checked = value === "true";
  else field.value = value;
});
