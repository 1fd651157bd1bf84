
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conference', '0002_registering'),
        ('registrations', '0004_registering'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('people', 'registrations'), ('points', 'bridge points')], max_length=6, verbose_name='kind')),
                ('state', models.CharField(choices=[('checked', 'waits for confirmation'), ('running', 'is being applied'), ('done', 'applied'), ('failed', 'failed, nothing was changed')], default='checked', max_length=7, verbose_name='state')),
                ('file_name', models.CharField(max_length=200, verbose_name='file')),
                ('rows', models.JSONField(default=list)),
                ('plan', models.JSONField(default=list)),
                ('options', models.JSONField(default=dict)),
                ('counts', models.JSONField(default=dict)),
                ('error', models.CharField(blank=True, max_length=500, verbose_name='error')),
                ('run', models.CharField(blank=True, max_length=32)),
                ('created_at', models.DateTimeField(verbose_name='uploaded at')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started at')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('conference', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='imports', to='conference.conference', verbose_name='conference')),
            ],
            options={
                'verbose_name': 'import',
                'verbose_name_plural': 'imports',
                'ordering': ['-created_at', '-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('conference',), name='import_one_at_a_time')],
            },
        ),
    ]
