"""What whoever can log in to the machine may do, also while nobody can log in to ComfyUI."""
