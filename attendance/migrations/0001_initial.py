
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('bridges', '0001_initial'),
        ('conference', '0001_initial'),
        ('registrations', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Attendance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mode', models.CharField(choices=[('in_person', 'in person'), ('online', 'online')], max_length=10, verbose_name='mode')),
                ('first_at', models.DateTimeField(verbose_name='first seen')),
                ('last_at', models.DateTimeField(verbose_name='last seen')),
                ('presses', models.PositiveIntegerField(default=1, verbose_name='times joined')),
                ('bridge_point', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attendances', to='bridges.bridgepoint', verbose_name='bridge point')),
                ('checked_in_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='checked in by')),
                ('conference', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attendances', to='conference.conference', verbose_name='conference')),
                ('delegate', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='attendance', to='registrations.delegate', verbose_name='delegate')),
            ],
            options={
                'verbose_name': 'attendance',
                'verbose_name_plural': 'attendance',
                'ordering': ['-first_at'],
                'indexes': [models.Index(fields=['conference', 'bridge_point'], name='attendance_by_point')],
            },
        ),
    ]
